"""The command line: one module per sub-command, parsing and printing, nothing else."""
