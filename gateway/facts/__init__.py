"""Facts about children: registers in which named people record what decisions rest on.

Every fact says who recorded it, when, where it comes from and, where it matters, why; `facts.yaml`
in `policies` says who may. Nothing is edited: what changes is recorded anew, with an entry of its
own, and what was recorded before stays to be seen.

    entitlement    who may record which fact
    recording      recording facts, and the history of a child's
    standing       what of all that was recorded counts now
    team           the team around the child        enquiries   section 47 enquiries
    shields        shields, and their reviews       orders      court orders
    judgements     relevance and detriment        competence   the child's, for one decision
    showing        what is recorded, to those who may see it
    writing        facts that need no register of their own
"""
