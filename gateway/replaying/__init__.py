"""Past decisions, from what the log says of them: replayed, told in words, rehearsed under others.

decisions   what an entry says that a decision rested on, and what came out
replay      decides it again under the law of then, and says where the answer differs
rehearsal   decides it under law or agreements not yet in force, and says what would become of it
telling     says it in plain English, for one reader
desk        what the door asks of these
"""
