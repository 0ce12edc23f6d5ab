"""Who is calling, and what is sealed: clients, tokens, keys.

A caller is known by what its credential proves, and by nothing that its request says.
"""
