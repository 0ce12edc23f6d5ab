"""Erasing children: on an authority's word or when a retention period ends, unless a hold forbids.

erasure      a child's key and rows, destroyed with the entry that says so
listing      what was erased, listed outside the database, for a restored backup
holds        what must be kept though its time is over
retention    whose time is over
"""
