"""What may be written into a variable, by its kind."""

from django.utils.translation import gettext as _

from apps.stations.models import Variable
from apps.stations.rules.configuration import list_items
from apps.stations.services.known_keys import KeyKind, KnownKey, known_key
from apps.stations.services.masking import is_secret

# DataEnumType of 2.x.
_KINDS_2X = {
    "boolean": KeyKind.BOOLEAN,
    "integer": KeyKind.NUMBER,
    "OptionList": KeyKind.CHOICES,
    "MemberList": KeyKind.LIST,
    "SequenceList": KeyKind.LIST,
}


def kind_of_variable(variable: Variable) -> KeyKind:
    """By the table of standard keys in 1.6, by what the station told of it in 2.x."""
    if is_secret(variable.name):
        return KeyKind.SECRET
    key = known_key(variable.component, variable.name)
    return key.kind if key else _KINDS_2X.get(variable.data_type, KeyKind.TEXT)


def wrong_value(kind: KeyKind, value: str, *, key: KnownKey | None = None) -> str:
    """Why a value can't be right, empty if it may be."""
    if kind is KeyKind.BOOLEAN and value.casefold() not in ("true", "false"):
        return _("true or false.")
    if kind is KeyKind.NUMBER:
        return _wrong_number(value, key)
    if kind is KeyKind.MEASURANDS and key:
        # A measurand may name its phase: Voltage.L1 (S16 §9.1.17).
        strange = [item for item in list_items(value) if not item.startswith(key.choices)]
        return _("There is no measurand “%(name)s”.") % {"name": strange[0]} if strange else ""
    if kind is KeyKind.CHOICES and key and value not in key.choices:
        return _("one of %(choices)s.") % {"choices": ", ".join(key.choices)}
    return ""


def _wrong_number(value: str, key: KnownKey | None) -> str:
    if not (value.isascii() and value.removeprefix("-").isdecimal() and len(value) <= 12):
        return _("a whole number.")
    number = int(value)
    if key and key.low is not None and number < key.low:
        return _("at least %(low)d.") % {"low": key.low}
    if key and key.high is not None and number > key.high:
        return _("at most %(high)d.") % {"high": key.high}
    return ""
