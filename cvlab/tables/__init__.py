"""What comes in: the declared input tables, and product lines read from a folder."""
