"""What the user configures: config.toml, the environment, flags and the tasks file, all strict.

An unknown key or an invalid value is a problem; all problems of a file are reported at once, and
each names its key and what is allowed.
"""
