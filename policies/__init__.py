"""Who may see what, and why: law, agreements and consent as data, decided purely.

Facts in, outcomes with rules and obligations out (PDP). No clock, no database, no network.
"""
