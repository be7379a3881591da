"""Values of variables: when two are the same, and what to try when a station refuses one."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

REGISTER = "Energy.Active.Import.Register"
_QUOTES = "\"' \t"
_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_BITS = {"1": "true", "0": "false"}
# What stations write instead of the words of the standard (Q72).
_ALIASES = {"w": "power", "a": "current", "amp": "current", "amps": "current", "watt": "power", "watts": "power"}


def same_value(told: str | None, wanted: str) -> bool:
    """Whether a station's value is the one that was wanted: case, quotes, order and spelling of numbers aside (Q72)."""
    if told is None:
        return False
    one, other = _items(told), _items(wanted)
    if {*one, *other} & {"true", "false"}:
        one, other = _as_flags(one), _as_flags(other)
    return one == other


def _items(value: str) -> list[str]:
    return sorted(_item(item) for item in value.strip(_QUOTES).split(",") if item.strip(_QUOTES))


def _item(item: str) -> str:
    plain = item.strip(_QUOTES).casefold()
    return _WORDS.get(plain) or _ALIASES.get(plain) or _number(plain)


def _number(text: str) -> str:
    """60, 60.0 and 060 are one number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return format(number.normalize(), "f") if number.is_finite() and abs(number.adjusted()) < 30 else text


def _as_flags(items: Sequence[str]) -> list[str]:
    return [_BITS.get(item, item) for item in items]


def list_items(value: str) -> list[str]:
    """The items of a comma-separated list."""
    return [item.strip() for item in value.strip(_QUOTES).split(",") if item.strip()]


def attempts(wanted: str, *, at_most: int | None = None) -> list[str]:
    """A list of measurands, and the shorter ones to try when a station refuses it, ending with the energy register.

    `at_most` is how many items the station can hold, if it has said so.
    """
    items = list_items(wanted)
    rungs = []
    while items:
        if not at_most or len(items) <= at_most:
            rungs.append(",".join(items))
        items = _without_least(items)
    return rungs or [wanted]


def _without_least(items: list[str]) -> list[str]:
    """The last one goes, the register only when it is alone."""
    if len(items) == 1:
        return []
    least = next(item for item in reversed(items) if item != REGISTER or items.count(REGISTER) > 1)
    position = len(items) - 1 - items[::-1].index(least)
    return items[:position] + items[position + 1 :]


def next_attempt(rungs: Sequence[str], refused: str | None) -> str | None:
    """What to try after a refusal: the next shorter value; none when there is nothing left to try."""
    if refused is None or refused not in rungs:
        return rungs[0]
    position = rungs.index(refused) + 1
    return rungs[position] if position < len(rungs) else None
