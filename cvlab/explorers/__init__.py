"""Live controls around the very functions that the notebooks call; one module per folder of analyses."""
