"""Smart charging: limits of power and current over time, as charging profiles on stations.

It promises that a limit is stored before it is sent, that a profile a station would refuse is refused here first and
in words, and that what a station says it keeps to is read back and compared with what we know.
"""
