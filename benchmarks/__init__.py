"""cvlab beside its peers, measured in the same run: `make bench`, or `make bench ARGS=--report` with the reports."""
