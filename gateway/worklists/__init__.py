"""Worklists: tasks in the hands of the people whom they belong to, and of nobody else.

    belonging   to whom a task belongs: by office, organisation and escalation
    accounts    what they, and operators, are shown of it
    decisions   to share or to withhold, where no fact is the answer
    answering   what answers a task, checked before any of it is recorded
    unheld      offices that nobody holds
    handling    listing, taking on, handing over, resolving
    desk        the same for those who come by HTTP

A task tells of a child. Its content is for those who may answer it; an operator sees that it
waits, for which office, and until when (design, invariants 5 and 14).
"""
