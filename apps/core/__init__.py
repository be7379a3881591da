"""What every room shares: money, units, the clock, identifiers and the errors people may see.

Pure Python without Django, so that rules, messages and dialects can lean on it. It promises exact
arithmetic (Decimal, integer Wh and seconds) and instants that are always aware and in UTC.
"""
