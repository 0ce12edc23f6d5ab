"""The witness service: it cosigns the checkpoints of other bodies' logs (C2SP tlog-witness).

It is run by somebody else than the log that it watches: a partner's information governance
office, say. It needs a folder of its own and nothing of a gateway, sees no entry of any log, and
decides nothing here: `audit.witness` does.

    home    its folder: key, the logs that it follows, what it cosigned last
    app     what it answers over HTTP
"""
