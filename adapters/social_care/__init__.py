"""Formats of councils, schools and charities."""
