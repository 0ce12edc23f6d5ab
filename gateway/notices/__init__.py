"""Notices: what a service is told that is no disclosure, and that it is asked to take note of.

    document       what a notice says: its kind, what it is about, by when an answer is due
    told           who was told what of a child, by the log
    giving         the notice's entry, its row of the outbox, and the task that waits for an answer
    acknowledging  the answer of whoever was told, or what a person recorded of it
    desk           the same for those who come by HTTP
    chasing        reminders at stated times, while no answer comes

A notice names messages and entries that its recipient already has, and no person. It is proved by
its entry as a disclosure is (`audit.gate`), rests on no facts, and is never decided again.
"""
