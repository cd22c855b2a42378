"""Two runs of one line: what changed, by how much, and whether that is more than noise."""
