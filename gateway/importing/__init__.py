"""Importing big files: read as a stream, taken in record by record, gone on with after a crash.

`importer` is the procedure, `records` pairs what a file says with its bytes, `report` is what is
told of it, and `listing` writes that down.
"""
