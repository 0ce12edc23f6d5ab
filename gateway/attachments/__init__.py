"""Attachments: documents that come with records, and that nobody here has read.

    kinds       what kind of document some bytes are
    screening   which are taken: their kinds, by content and by declaration, and their size
    holding     those that are taken, filed with the record, encrypted, under an entry each
    scanner     what looks for viruses: a port, and clamd behind it
    scanning    what its answer brings about, and what its silence does
    listing     which there are, and what is known of them; never what they say

INVARIANT: an attachment is unmapped. It is in no assessment and in no view, so that no format can
write it and no policy releases it, whatever a scanner finds.
"""
