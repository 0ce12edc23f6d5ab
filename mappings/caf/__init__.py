"""The common model: the Common Assessment Framework for children and young people (CAF).

Values only: the standard library and msgspec, nothing of ours. `assessment` holds the whole,
`items` what is said in it, `elements` the catalogue that names and classifies each part,
`view` the only way to something smaller, `identifiers` what parses or refuses.
"""
