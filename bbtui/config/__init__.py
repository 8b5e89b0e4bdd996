"""What the user decides: config.toml, the environment, flags and the tasks file, all strict.

Nothing here is lenient: a key nobody reads or a value that cannot be is a problem, all problems
of a file are told at once, and each names its key and what is allowed.
"""
