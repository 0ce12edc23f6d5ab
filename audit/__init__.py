"""The tamper-evident log: what was received, disclosed, refused and changed, and proof of it.

It is a Merkle tree (RFC 6962) in the formats of C2SP, so that tools that we did not write can
check it. It imports nothing of ours; reading and verifying need the standard library and
`cryptography` only, so that an auditor can copy this folder and run it alone.

    entry, leaf, parts, events    an entry: its leaf, and its detail that each party sees a part of
    merkle, tree, tiles, head     the tree: hashing and proving, growing, its files, its head row
    note, checkpoint, proofs      what the log signs, and proofs as documents
    cosignature, quorum           what witnesses sign, and how many of them must have
    witness, witness_file         what a witness is asked, answers, and must never forget
    receipts, gate                what a holder keeps; what must be proved before anything is sent
    folder, export                the log as files, for strangers
    verify, evidence, stranger    verifying it, also against what was remembered; as a command
    canonical, encoding           the one spelling of each value, read strictly and written fast

Read `audit.entry` and `audit.gate` first. The log is tamper-evident, not immutable: whoever can
write to the database can destroy it, but cannot change it unseen.
"""
