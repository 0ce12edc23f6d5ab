"""The front door for machines: HTTP in, `gateway.requests` to the exchange, HTTP out.

Nothing is decided here. A route checks who asks (`guard`), reads a bounded body (`bodies`), hands
the exchange one value, and writes its answer; whatever goes wrong is a row of
`gateway.problems`. `app.create_app` puts it together.
"""
