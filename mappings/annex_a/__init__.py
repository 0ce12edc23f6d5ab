"""Annex A, the lists that a local authority gives to Ofsted's inspectors: list 2, early help.

A row of list 2 is one early-help assessment. `row.yaml` is the mapping, `rows` makes it ready to be
used and has the published headers.
"""
