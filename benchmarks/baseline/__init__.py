"""What a team would write first, for comparison: daphne, Channels as shipped, the `ocpp` package, one row per sample.

Kinder than it need be: connections to the database persist, rows are inserted in bulk, nothing else is looked up or
logged for a message, and passwords are checked as cheaply as the gateway does it.
"""
