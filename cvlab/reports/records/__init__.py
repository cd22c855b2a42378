"""What runs leave for later: the manifest, where runs are found, and how sharply each headline answers."""
