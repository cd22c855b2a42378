"""Where chapters run: one notebook in one kernel, forked from a server that has imported what chapters need."""
