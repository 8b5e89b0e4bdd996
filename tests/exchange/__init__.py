"""The portable form of a session."""
