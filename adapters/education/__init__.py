"""Formats of schools and of the Department for Education."""
