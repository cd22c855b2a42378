"""A run from start to end: workers, workspaces, locks, progress, and what is known of each chapter afterwards."""
