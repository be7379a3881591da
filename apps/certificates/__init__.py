"""Certificates of stations: their requests to have one signed, and the roots they trust.

It promises that what a station asks to be signed is answered, that a certificate's hash data names it as the station
does, and that private keys never pass through here: a station makes its own and keeps it.
"""
