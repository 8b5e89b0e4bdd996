"""Reports: a session as a document."""
