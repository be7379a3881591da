"""Exports: what finance takes away, as files that stream.

It promises that no cell is run as a formula by a spreadsheet, that column names stay as they are, and that a long
period needs no more memory than a short one.
"""
