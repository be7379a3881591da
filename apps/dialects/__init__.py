"""The translator: OCPP 1.6, 2.0.1 and 2.1 on the wire, our messages (2.1 words, SI units) inside.

Pure Python without Django. It promises to be lenient in and strict out: what a station says is coerced where that
loses nothing, never invented, and a transaction message that can be read at all is read; whatever we say validates
against the official schema of the negotiated version. It decides nothing and stores nothing: a frame or a payload
goes in, a message or one of two refusals (`UnknownAction`, `Unreadable`) comes out, whatever the bytes were.
"""
