"""What all explorers share: controls and how they are arranged, and the server of workshop pages."""
