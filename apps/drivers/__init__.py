"""Drivers and their id tokens, and the verdict whether one may charge.

It promises that tokens are compared in canonical form and that every verdict says why.
"""
