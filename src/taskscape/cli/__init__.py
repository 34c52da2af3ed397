"""The command line: thin shells over the public functions. Nothing heavy is imported until a command runs."""
