"""The service: exchange, storage, delivery, identity, security, API and command line.

Read `gateway.exchange` first: `receive()` and `disclose()`, each a numbered
procedure. This is the only package that knows all the others.
"""
