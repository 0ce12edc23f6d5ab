"""Verifying what is stored against the log: each entry with its rows, each row with its entry.

    verification all of it, over the whole log, at once
    patrol       all of it, a little at a time, for ever
    entries      what an entry's detail opens to, in slices of the log's order
    statements   consents, facts, assessments and received records: what an entry says was recorded
    registers    registers, agreements and policies; which of them decisions name
    stamps       what decisions rest on, which is never set back
    outbox       what is to be delivered, and how deliveries ended
    index        what entries are found by, made anew and compared
    rows         from the other side: rows that no entry recorded
    times        what witnesses and time-stamping authorities say of when entries were made

Each check takes a slice and yields faults, so that both of the first two run it.
"""
