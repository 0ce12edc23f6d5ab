"""The agreements register: what agencies agreed, signed by each, activated by two people.

    draft -> registered -> signed (by all) -> active (from its day) -> ended (by its day)
                                              suspended <-> resumed

An agreement is relied on only through the register: its document, the signature of each party's
designated person, and the activation that two information governance officers answer for. All of
it is versions of one register document, each with its entry in the log, shared by all nodes.

`signing` makes keys and signatures, and knows whose is missing; `register` records documents and
signatures, and suspends; `activating` proposes and approves; `examining` says what a version would
break and change, `terms` what of it a solver cannot see; `relying` is what decisions go by;
`reviews` tells before a review is due, and ends what is over; `drafting` begins a document.
"""
