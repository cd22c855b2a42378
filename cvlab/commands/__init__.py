"""Commands of `cvlab` by room; `cvlab.cli` gathers them."""
