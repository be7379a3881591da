"""What a charge used, computed from what the station said: energy, idle time, and rows of readings."""
