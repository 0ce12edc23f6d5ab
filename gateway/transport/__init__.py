"""Transports: how a payload reaches its recipient. All that they accept is a `Released`."""
