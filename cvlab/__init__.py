"""cvlab: an interactive workbench for customer value analysis."""
