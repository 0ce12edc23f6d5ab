"""What is proved about law and agreements before they are in force, by a solver (z3).

`symbols` and `formula` say of all facts at once what `Bundle.decide` says of one case; `proof` asks
for a case that breaks a claim of `invariants.yaml`, `comparison` for one that two versions decide
differently, `coverage` for one that reaches each clause; `difference` holds values alone. Nothing
on the path of a decision imports the solver: that is done where something is proved.
"""
