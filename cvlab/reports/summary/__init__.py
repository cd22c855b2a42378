"""Chapter 12: what should be done, judged by what the other chapters have said."""
