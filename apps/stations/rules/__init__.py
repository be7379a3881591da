"""What can be computed without a database: when two values of a variable are the same, and which value to try next."""
