"""Keeping the log over the years: its keys, its shards, its copies.

rotation      keys are replaced without a gap
succession    one log is sealed, or was restored, and the next goes on
exporting     every shard as files that strangers verify
"""
