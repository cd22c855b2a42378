"""What was published before: finding runs, listing them, and lines side by side on the index."""
