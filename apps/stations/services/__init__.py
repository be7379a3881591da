"""What stations tell of themselves, what we ask of them, and the upkeep of the hardware's rows."""
