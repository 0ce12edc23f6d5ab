"""The obvious implementation is a program, told at its start where to be: not for collecting."""

collect_ignore = ["obvious.py"]
