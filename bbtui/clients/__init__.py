"""Clients of model servers and of pod providers, and the embedded engine."""
