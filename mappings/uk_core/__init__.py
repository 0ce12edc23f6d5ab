"""A child's record in resources of FHIR R4, as UK Core profiles them, and the CAF.

`record.yaml` is the mapping, `pairs` the value functions that only it has, `record` makes the tree
of one child out of a Bundle, and a Bundle out of such a tree.
"""
