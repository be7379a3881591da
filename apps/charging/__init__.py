"""Charges: transactions of every dialect, their readings, the requests to start and stop them, and reservations.

It promises that a repeated message changes nothing, that no message about a charge is lost whatever it says, and
that energy is never negative and never guessed: what can't be billed safely is held with its reason.
"""
