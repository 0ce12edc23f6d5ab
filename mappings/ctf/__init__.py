"""Common Transfer Files of the Department for Education: a pupil of one, and the CAF.

`pupil.yaml` is the mapping, `pairs` the value functions that only it has, `ctf-24.xsd` and
`ctf-25.xsd` our own schemas of two editions, `editions` all of them ready to be used.
"""
