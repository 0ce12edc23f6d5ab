"""Searching the log: who was told what about a child, when, why, and how the list is complete.

criteria      what is looked for          looking       where it is found
search        a search, and its entry     completeness  the proof that nothing is missing
found, accounts, accounting, spreadsheets               how the answer is written
desk          what the door and the commands ask
"""
