"""What can be computed without a database, a clock or settings."""
