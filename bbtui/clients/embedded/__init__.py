"""The demo's engine: small models served on this machine by child processes."""
