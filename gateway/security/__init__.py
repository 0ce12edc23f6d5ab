"""Security: the gateway's keys, what is sealed under them, and who is calling."""
