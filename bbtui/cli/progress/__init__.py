"""The progress of a run without a screen, as log lines or as rows that are redrawn."""
