"""Profiles in theory: which limit counts when, what a station may be asked to keep, and whether it says the same."""
