"""Reserving an EVSE, or any of a station, on the clock of its place."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.backoffice.forms.orders import token_choices
from apps.backoffice.rules.weeks import instant_of
from apps.backoffice.services.tokens import usable_tokens
from apps.drivers.models import IdToken
from apps.stations.models import EVSE, ChargingStation

MOST_PLACES = 500


class LocalTimeField(forms.Field):
    """A date and time without a zone, as browsers send it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {"invalid": _("Give a date and a time.")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            return datetime.fromisoformat(str(value)).replace(tzinfo=None)
        except ValueError as problem:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from problem


class ReservationForm(forms.Form):
    """`cleaned_data` holds `station`, `evse` (none for any), `token`, and instants `begins_at` and `ends_at`."""

    place = forms.ChoiceField(label=_("Where"))
    token = forms.ModelChoiceField(
        label=pgettext_lazy("driver", "For"), queryset=IdToken.objects.all(), empty_label=None
    )
    begin = LocalTimeField(label=_("From"), required=False, help_text=_("Empty: from now on."))
    end = LocalTimeField(label=_("Until"))

    def __init__(self, *args: Any, location: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)
        place.choices = _places(location)
        if not self.is_bound:
            token = self.fields["token"]
            assert isinstance(token, forms.ModelChoiceField)
            token.choices = token_choices(usable_tokens())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "place" in data:
            data |= _place(data["place"])
            for name in ("begin", "end"):
                data[f"{name}s_at"] = self._instant(name, data.get(name), data["station"])
        return data

    def _instant(self, name: str, local: datetime | None, station: ChargingStation) -> datetime | None:
        if local is None:
            return None
        try:
            at = instant_of(local, station.zone)
        except OverflowError:
            at = None
        if at is None:
            self.add_error(name, _("The clocks of this place never show this time."))
        return at


def _places(location: int | None) -> list[tuple[str, str]]:
    """Each EVSE, and after the last of a station any of them."""
    evses = EVSE.objects.filter(station__archived_at=None).select_related("station")
    if location == 0:
        evses = evses.filter(station__location=None)
    elif location is not None:
        evses = evses.filter(station__location_id=location)
    choices: list[tuple[str, str]] = []
    for station, own in groupby(evses.order_by("station__identity", "number")[:MOST_PLACES], lambda evse: evse.station):
        choices += [(f"evse-{evse.pk}", str(evse)) for evse in own]
        choices.append((f"any-{station.pk}", _now("%(station)s · any EVSE") % {"station": station}))
    return choices


def _place(chosen: str) -> dict[str, Any]:
    kind, pk = chosen.split("-")
    if kind == "any":
        return {"station": ChargingStation.objects.select_related("location").get(pk=pk), "evse": None}
    evse = EVSE.objects.select_related("station__location").get(pk=pk)
    return {"station": evse.station, "evse": evse}
