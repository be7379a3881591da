"""Unit constants, so that no bare 1000 or 60 stands in a computation."""

WH_PER_KWH = 1000
SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
