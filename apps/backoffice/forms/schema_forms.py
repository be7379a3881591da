"""A form for any request of a station's version, made from the request's schema."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.forms import schema_words as words
from apps.backoffice.forms.orders import OrderForm
from apps.backoffice.services.rights import CONFIGURE
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.dialects.adapters.describing import FieldDescription, FieldKind, describe
from apps.stations.models import ChargingStation
from apps.stations.services.wording import errors_in_words

MOST_ROWS = 200
INT32 = 2**31
# Years that every calendar can turn to UTC.
FIRST_YEAR, LAST_YEAR = 1970, 9998
NOTHING = object()


@dataclass
class Node:
    """A field as the page draws it: a leaf with its input, an object with children, a list with rows.

    `blank` is the row that a click adds; where its number goes there stands the list's `level` between two #.
    """

    name: str
    path: str
    description: FieldDescription
    help: str | Promise
    is_needed: bool
    level: int = 0
    input: BoundField | None = None
    children: "list[Node]" = field(default_factory=list)
    rows: "list[Node]" = field(default_factory=list)
    blank: "Node | None" = None

    @property
    def is_unfolded(self) -> bool:
        """What has to be filled in, and what is filled in or wrong."""
        if self.input is not None:
            return self.is_needed or bool(self.input.errors or (self.input.form.is_bound and self.input.data))
        return self.is_needed or bool(self.rows) or any(child.is_unfolded for child in self.children)

    @property
    def often(self) -> "list[Node]":
        return [child for child in self.children if child.is_unfolded]

    @property
    def seldom(self) -> "list[Node]":
        return [child for child in self.children if not child.is_unfolded]

    @property
    def is_check(self) -> bool:
        return self.input is not None and isinstance(self.input.field.widget, forms.CheckboxInput)


class InstantField(forms.DateTimeField):
    """A time on the clocks at the station."""

    def __init__(self, *, zone: ZoneInfo, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)
        self.zone = zone

    def clean(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            found: datetime | None = super().clean(value)
        if found and not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class SchemaForm(OrderForm):
    """One action. `payload` is what will be sent; it is checked against the schema as a whole."""

    icon, permission = "code", CONFIGURE

    def __init__(self, *args: Any, action: str, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, station=station, **kwargs)
        self.action = self.title = action  # type: ignore[misc]
        self.payload: dict[str, Any] = {}
        self.evses = [str(number) for number in station.evses.values_list("number", flat=True)]
        self._blanks = forms.Form()
        self._names_by_path: dict[str, str] = {}
        described = describe(self.dialect.version, action)
        self.nodes = [self._node(one, one.name, is_needed=one.required) for one in described]

    @property
    def often(self) -> list[Node]:
        return [node for node in self.nodes if node.is_unfolded]

    @property
    def seldom(self) -> list[Node]:
        return [node for node in self.nodes if not node.is_unfolded]

    # --- fields -----------------------------------------------------------------------------------------

    def _node(self, told: FieldDescription, path: str, *, is_needed: bool, level: int = 0, blank: bool = False) -> Node:
        node = Node(told.name, path, told, self._word(words.HELP, told.name, path), is_needed, level)
        if told.kind is FieldKind.OBJECT:
            node.children = [
                self._node(one, f"{path}.{one.name}", is_needed=is_needed and one.required, level=level, blank=blank)
                for one in told.fields
            ]
        elif told.item is not None:
            self._add_rows(node, told.item, blank=blank)
        else:
            form = self._blanks if blank else self
            form.fields[path] = self._field(told, path, is_needed=is_needed)
            node.input = form[path]
        return node

    def _add_rows(self, node: Node, item: FieldDescription, *, blank: bool) -> None:
        below = node.level + 1
        node.blank = self._node(item, f"{node.path}.#{node.level}#", is_needed=True, level=below, blank=True)
        if blank:
            return
        node.rows = [
            self._node(item, f"{node.path}.{number}", is_needed=True, level=below) for number in self._numbers(node)
        ]

    def _numbers(self, node: Node) -> list[int]:
        """Which rows were filled in; at first one where there has to be one."""
        if not self.is_bound:
            return [0] if node.is_needed else []
        begins = re.compile(re.escape(self.add_prefix(node.path)) + r"\.(\d{1,6})(?:\.|$)")
        found = {int(match[1]) for name in self.data if (match := begins.match(name))}
        return sorted(found)[:MOST_ROWS]

    def _word(self, table: Mapping[str, Any], name: str, path: str) -> Any:
        """By action and field, by the object and field, or by the field alone."""
        plain = re.sub(r"\.(\d+|#\d#)", "", path)
        parent_and_name = ".".join(plain.split(".")[-2:])
        return next((table[key] for key in (f"{self.action}.{plain}", parent_and_name, name) if key in table), "")

    def _is(self, names: Iterable[str], name: str, path: str) -> bool:
        return bool(self._word(dict.fromkeys(names, "yes"), name, path))

    def _field(self, told: FieldDescription, path: str, *, is_needed: bool) -> forms.Field:
        options: dict[str, Any] = {"required": is_needed, "label": told.name, "initial": self._initial(told, path)}
        if not is_needed:
            options["initial"] = None
        if told.kind is FieldKind.CHOICE:
            return self._choice(told.options, told.options, options)
        if told.kind is FieldKind.INSTANT:
            return InstantField(zone=self.station.zone, **options)
        if told.kind is FieldKind.FLAG:
            return self._flag(options)
        if told.kind is FieldKind.INTEGER:
            return self._integer(told, path, options)
        if told.kind is FieldKind.NUMBER:
            return forms.FloatField(min_value=told.minimum, max_value=told.maximum, **options)
        is_long = (told.max_length or 0) > words.LONG
        widget = forms.Textarea(attrs={"rows": 4}) if is_long else forms.TextInput(attrs={"autocomplete": "off"})
        return forms.CharField(max_length=told.max_length, widget=widget, **options)

    def _choice(
        self, values: Iterable[str], labels: Iterable[str | Promise], options: dict[str, Any], *, coerce: Any = str
    ) -> forms.Field:
        choices = list(zip(values, labels, strict=True))
        is_blank = not options["required"] or options["initial"] not in dict(choices)
        return forms.TypedChoiceField(
            choices=[("", "–"), *choices] if is_blank else choices, coerce=coerce, empty_value=None, **options
        )

    def _flag(self, options: dict[str, Any]) -> forms.Field:
        """Left out, false and true are three things where the schema does not ask for it."""
        if options["required"]:
            return forms.BooleanField(**options | {"required": False})
        return self._choice(("true", "false"), (_("yes"), _("no")), options, coerce=lambda value: value == "true")

    def _integer(self, told: FieldDescription, path: str, options: dict[str, Any]) -> forms.Field:
        if self.evses and self._is(words.PLACES, told.name, path):
            whole = self.action in words.WHOLE_STATION and told.name != "id"
            numbers: list[str] = [*(["0"] if whole else []), *self.evses]
            labels: list[str | Promise] = [_("the whole station") if number == "0" else number for number in numbers]
            return self._choice(numbers, labels, options | {"initial": self.evses[0]}, coerce=int)
        low = -INT32 if told.minimum is None else int(told.minimum)
        high = INT32 - 1 if told.maximum is None else int(told.maximum)
        return forms.IntegerField(min_value=low, max_value=high, **options)

    def _initial(self, told: FieldDescription, path: str) -> Any:
        at = now()
        if self._is(words.NUMBERED, told.name, path):
            return int(at.timestamp())
        if self._is(words.SOON, told.name, path):
            return _local(at, self.station.zone)
        if self._is(words.IN_AN_HOUR, told.name, path):
            return _local(at + timedelta(hours=1), self.station.zone)
        if self._is(words.CHARGES, told.name, path):
            return self._open_charge()
        default = self._word(words.DEFAULTS, told.name, path)
        return default if not told.options or default in told.options else None

    def _open_charge(self) -> str | None:
        """The charge in progress; a charge of 1.6 is known by our number."""
        charges = Transaction.objects.filter(station=self.station, ended_at=None).order_by("-started_at")
        return charges.values_list("ocpp_id", flat=True).first()

    # --- what was filled in -----------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self.payload = self._object(self.nodes, "$")
            for error in errors_in_words(self.dialect.check_request(self.action, self.payload)):
                name = self._names_by_path.get(error.path)
                self.add_error(name, error.message if name else f"{error.path}: {error.message}")
        return data

    def _object(self, nodes: Iterable[Node], path: str) -> dict[str, Any]:
        values = ((node.name, self._value(node, f"{path}.{node.name}")) for node in nodes)
        return {name: value for name, value in values if value is not NOTHING}

    def _value(self, node: Node, path: str) -> Any:
        if node.description.kind is FieldKind.OBJECT:
            found: Any = self._object(node.children, path)
            return found if found or node.is_needed else NOTHING
        if node.description.kind is FieldKind.LIST:
            found = []
            for row in node.rows:
                value = self._value(row, f"{path}[{len(found)}]")
                found += [] if value in (NOTHING, {}) else [value]
            return found if found or node.is_needed else NOTHING
        self._names_by_path[path] = node.path
        return _wire_form(self.cleaned_data.get(node.path))


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def _wire_form(value: Any) -> Any:
    """An empty field is left out. Instants are UTC with a Z (Q38)."""
    if value is None or value == "":
        return NOTHING
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
