"""What is computed about oddities: firmware ranges, clocks, and names that are nearly right."""

import re
from collections.abc import Sequence
from statistics import median

SNAP_S = 15 * 60
SNAP_TOLERANCE_S = 150
LARGEST_ZONE_S = 14 * 3600
SAMPLES_KEPT = 15
SAMPLES_NEEDED = 5
# From here on people are told; from there on no price that depends on time is billed by itself (Q38).
SKEWED_S, WRONG_S = 60, 300

_PARTS = re.compile(r"\d+|[A-Za-z]+")


def firmware_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Orders versions as people do: 1.10 comes after 1.9."""
    parts = _PARTS.findall(version)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part.casefold()) for part in parts)


def is_within(version: str, first: str, last: str) -> bool:
    """Whether a firmware version lies in a range; an empty bound is open, and 2.1 as last takes in 2.1.7."""
    key = firmware_key(version)
    if first and key < firmware_key(first):
        return False
    top = firmware_key(last)
    return not last or key[: len(top)] <= top


def with_sample(samples: Sequence[float], skew_s: float) -> list[float]:
    """The newest samples of a clock."""
    return [*samples, round(skew_s, 1)][-SAMPLES_KEPT:]


def skew_of(samples: Sequence[float]) -> float | None:
    """How far a clock is ahead of ours, in seconds; the median, as single messages may have waited somewhere."""
    return median(samples) if len(samples) >= SAMPLES_NEEDED else None


def zone_offset_of(samples: Sequence[float]) -> int | None:
    """The zone of a clock that tells none, in minutes ahead of UTC, snapped to a quarter of an hour (Q35).

    None while that is not known: a skew that is near no quarter is a wrong clock and no zone.
    """
    skew_s = skew_of(samples)
    if skew_s is None or abs(skew_s) > LARGEST_ZONE_S:
        return None
    snapped = round(skew_s / SNAP_S) * SNAP_S
    return snapped // 60 if abs(skew_s - snapped) <= SNAP_TOLERANCE_S else None


def normal_form(identity: str) -> str:
    """What identities that people mix up have in common: case and punctuation do not count."""
    return "".join(character for character in identity.casefold() if character.isalnum())


def is_near(one: str, other: str) -> bool:
    """Whether two identities differ in case and punctuation only, or in one character."""
    if normal_form(one) and normal_form(one) == normal_form(other):
        return True
    return _is_one_edit(one.casefold(), other.casefold())


def _is_one_edit(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or len(short) < 3:
        return False
    same = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[same:] == long[same + 1 :] or short[same + 1 :] == long[same + 1 :]
