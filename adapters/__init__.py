"""Agencies' wire formats: bytes to records and back, with validation, and nothing else.

An adapter never decides, records, stores or sends: it is handed nothing with which to do so.
`adapters.contract` is all that the gateway sees of it.
"""
