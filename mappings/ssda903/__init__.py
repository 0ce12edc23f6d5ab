"""SSDA903, the return of looked-after children: a child of one, and the CAF.

`child.yaml` is the mapping, `pairs` the value functions that only it has, `ssda903-*.xsd` our own
schemas of four years, `editions` all of them ready to be used, `tables` the columns of the set of
CSV files that is the same return, `rules` what the Department's rules find in a child.
"""
