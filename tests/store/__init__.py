"""Sessions on disk, on a real SQLite."""
