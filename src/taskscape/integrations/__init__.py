"""taskscape in the hands of other libraries: one file for each."""
