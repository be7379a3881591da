"""Identifiers of the field: RFID numbers and slugs that people type."""

import re
import secrets

_SEPARATORS = re.compile(r"[\s:\-]")
_HEX = re.compile(r"[0-9A-F]+")
_TOLD = re.compile(
    r'("(?:idTag|parentIdTag|idToken|additionalIdToken)"\s*:\s*)(?:"((?:[^"\\]|\\.)*)|(-?[\d.]+))', re.IGNORECASE
)
# The same in JSON that is text within JSON, as vendor data of 1.6 are.
_TOLD_WITHIN = re.compile(r'(\\"(?:idTag|idToken)\\"\s*:\s*\\")([^"\\]*)', re.IGNORECASE)
_SLUG_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i


def canonical_token(value: str) -> str:
    """An id token as it is stored and compared: upper case, and for hex numbers without separators (Q73)."""
    upper = value.strip().upper()
    bare = _SEPARATORS.sub("", upper)
    return bare if _HEX.fullmatch(bare) else upper


def masked_token(value: str) -> str:
    """All but the last four characters hidden, for people who may not see card numbers."""
    return "•" * max(0, len(value) - 4) + value[-4:]


def without_tokens(text: str) -> str:
    """A frame's JSON, whole or cut off anywhere, with its card numbers masked."""
    text = _TOLD_WITHIN.sub(lambda found: found[1] + masked_token(found[2]), text)
    return _TOLD.sub(
        lambda found: f'{found[1]}"{masked_token(found[2])}' if found[3] is None else f'{found[1]}"•••"', text
    )


def random_slug(length: int = 8) -> str:
    """An unguessable slug without look-alike letters, for addresses on stickers."""
    return "".join(secrets.choice(_SLUG_LETTERS) for _ in range(length))
