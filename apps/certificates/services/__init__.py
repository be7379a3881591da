"""Requests for certificates, their answers, and the roots in stations."""
