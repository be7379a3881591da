"""Locations and the hardware at them: charging stations, EVSEs, connectors, variables, and commands to stations.

A command is a row with a state from the click to the station's answer. It promises that a status older than the
one known changes nothing, that a command is sent at most once, and that what a station sends is kept as it said it.
"""
