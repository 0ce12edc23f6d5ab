"""Obligations carried out: what must be done with a decision is done, or nothing is released.

`policies/obligations.yaml` says how each is carried out. `carrying_out` does what the document and
the release take; `duties` makes the tasks of persons; the log entry of the decision is the rest.
"""
