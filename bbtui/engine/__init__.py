"""Runs cells: order, reader threads, and the one place where what arrives becomes an answer."""
