"""`python -m ragbot` is the command line."""

from ragbot.cli import main

main()
