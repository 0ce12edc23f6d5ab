"""One file for each version of the tables, oldest first; a released one never changes."""
