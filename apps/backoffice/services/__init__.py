"""Selections for pages: each reads what one page shows, in a number of queries that does not grow with the rows."""
