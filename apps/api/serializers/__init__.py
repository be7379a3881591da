"""How rows look as JSON, and what may be written."""
