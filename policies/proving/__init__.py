"""What is proved about law and agreements before they are in force, by a solver (z3).

The solver is imported by `policies.proving.symbols` alone, and that module by nothing on the path
of a decision: a proof is made when rules are checked, compared or brought into force.
"""
