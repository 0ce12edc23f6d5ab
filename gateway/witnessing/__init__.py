"""Witnessing: what the gateway asks of those who watch its log, and what it releases on that.

sections    the settings: which witnesses, how many of them, which pairs of services wait
client      one witness over HTTP (C2SP tlog-witness)
rounds      each new checkpoint to all of them, one request at a time for each
assurance   the newest checkpoint that enough of them cosigned, and what may go on it
alarms      what is told, and whom, when they are silent, refuse, or know better than we do
windows     whether the times in the log agree with the times of the cosignatures
anchoring   an authority's time-stamps (RFC 3161), and whether they still agree with the log
"""
