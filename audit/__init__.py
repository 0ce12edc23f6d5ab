"""The tamper-evident log: Merkle tree, checkpoints, proofs, tiles, receipts and their verifier.

It imports nothing of ours, so an auditor can copy this folder and run it alone.
"""
