"""The versioned, portable form of a session."""
