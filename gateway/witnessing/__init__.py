"""Witnessing: what the gateway asks of those who watch its log, and what it releases on that.

sections    the settings: which witnesses, how many of them, which pairs of services wait
client      one witness over HTTP (C2SP tlog-witness)
seats       how it stands with each witness; the sheet that they sign, round by round
rounds      each new checkpoint to all of them, one request at a time for each
assurance   the newest checkpoint that enough of them cosigned, and what may go on it
alarms      what is told, and whom, when they are silent, refuse, or know better than we do
anchoring   an authority's time-stamps of the log (RFC 3161)
wiring      all of it, from the settings

`gateway.verifying.times` holds the times in the log against those of witnesses and anchors.
"""
