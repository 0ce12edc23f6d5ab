"""The published form of the policies: Cedar policies with a schema, and what they decide.

Written from the same law and agreements as the tables that decide here, and read by another engine:
what the two disagree on is a fault of one of them.
"""
