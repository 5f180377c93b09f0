"""Input that nobody thinks of, for as long as one likes (see README.md here)."""
