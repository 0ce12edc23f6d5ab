"""Storage: one schema, one committer, and the reads that the exchange needs.

Everything that is written goes through the committer as a `Unit`, in one transaction with its
log entries (design, invariant 1). Nothing else in the gateway writes to the database.
"""
