"""Who may see what, and why: law, agreements and consent as data, decided purely.

Facts in, outcomes with rules and obligations out (PDP). No clock, no database, no network.

Read `decision` first. The law is in `law/*.yaml`, in the language of `conditions`; `rules` reads
it, `masks` compiles it, `evaluator` tries it. `facts` says where each fact comes from and what its
absence means, `agreements` answers from the register, `reductions` says what `redact` leaves,
`explain` and `tasks` say the result to people (in the words of `wording`; `sentences` says one
ruling), `what_if` tries other facts, `corpus` checks it against scenarios.
"""
