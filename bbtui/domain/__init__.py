"""What a comparison *is*: plain values, no files, no network, no clock, no screen."""
