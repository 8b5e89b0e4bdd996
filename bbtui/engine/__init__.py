"""Runs cells: order, reader threads, what arrives becomes an answer; watches machines and pods."""
