"""Records and the CAF: pure translations between an agency's own record and the common model.

`mappings.caf` is the common model and imports nothing of ours. The other modules hold one
format's record types and its `to_caf` / `from_caf`. No input or output, no database, no web.
"""
