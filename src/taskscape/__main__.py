"""``python -m taskscape`` is the command line."""

from taskscape.cli.app import main

main()
