"""Connection diagnosis: each step to an endpoint, checked in turn."""
