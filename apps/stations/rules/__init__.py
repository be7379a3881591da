"""Pure computation about stations."""
