"""The parts of a screen; each works alone with plain values."""
