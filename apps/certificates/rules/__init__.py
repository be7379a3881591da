"""Certificates and requests for them: read, named and judged, without keeping anything."""
