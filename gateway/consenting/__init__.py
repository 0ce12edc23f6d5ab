"""Consent, from the statement of each grantor to what follows from it.

`gateway.consents` says what statements mean for one recipient; here they are taken and acted on.

    statements  what a person says, in words, as the statement that is recorded
    filing      recording statements, in one unit with all that follows from them
    effects     what follows: notices to those who were told, questions, reviews before it ends
    recording   the same for people who may, with what they are answered
    preview     who would see what, shown to a family before it signs
    documents   statements as documents of a format, given out and taken in
    desk        all of it for services' systems
"""
