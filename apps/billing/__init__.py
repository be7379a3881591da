"""Billing: from an ended charge to a lawful invoice.

It promises one Cdr per charge and one invoice per Cdr, both immutable; numbers without gaps per series and year;
corrections as credit notes only; and a PDF whose bytes never change once somebody has downloaded it.
"""
