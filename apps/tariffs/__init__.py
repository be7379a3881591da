"""Tariffs: what charging costs, in versions that never change, assigned to places.

It promises one pure pricing function for preview, running cost, CDR and invoice; prices kept per kWh, minute and
charge as exact decimals; and that a charge keeps the terms it started under, whatever is edited later.
"""
