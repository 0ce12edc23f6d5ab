"""FHIR AuditEvents: the log's entries as other systems read audit records (IHE BALP, FHIR R4).

They are made when they are asked for, from opened entries, and are kept nowhere: the entry is the
record, an AuditEvent is a rendering of it. The same entry gives the same AuditEvent, byte for byte,
under one version of this projection (`codes.VERSION`, in each one's `meta.tag`).

Nobody is named in them but by id: the child as `Patient/<id in this gateway>`, services, systems
and practitioners by their ids. What was withheld is not in them, nor a word that anybody wrote.

    projection.py   one entry -> one AuditEvent
    shapes.py       for each type of entry, what kind of event it is
    cast.py         who took part
    matter.py       what it was about
    bundle.py       a search's answer as a Bundle
    codes.py        systems, codings, profiles
"""
