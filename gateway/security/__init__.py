"""Who is calling: clients, their assertions, and the tokens that the gateway gives them.

A caller is known by what its credential proves, and by nothing that its request says.
"""
