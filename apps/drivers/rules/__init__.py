"""What is computed about tokens without asking anyone."""
