"""One adapter for OCPP 1.6, one for 2.0.1 and 2.1, and what both lean on: frames, lenient reading, schemas."""
