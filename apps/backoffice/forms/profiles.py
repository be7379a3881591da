"""The editor of charging profiles: one form for the profile, and one row for each of its periods."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.backoffice.forms.orders import evse_choices, token_choices
from apps.backoffice.services.profiles import this_minute
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.tokens import usable_tokens
from apps.core.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from apps.drivers.models import IdToken
from apps.smartcharging.models import UNIT_CHOICES
from apps.smartcharging.services import abilities_of
from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SetChargingProfile,
)
from apps.stations.models import ChargingStation

MOST_ROWS = 96
START = "start"
ONCE, DAILY, WEEKLY, RELATIVE = "once", "daily", "weekly", "relative"
RHYTHMS: Mapping[str, tuple[ProfileKind, RecurrencyKind | None]] = {
    ONCE: (ProfileKind.ABSOLUTE, None),
    DAILY: (ProfileKind.RECURRING, RecurrencyKind.DAILY),
    WEEKLY: (ProfileKind.RECURRING, RecurrencyKind.WEEKLY),
    RELATIVE: (ProfileKind.RELATIVE, None),
}
PURPOSES: list[tuple[str, str | Promise]] = [
    (ProfilePurpose.TX_DEFAULT.value, _("every charge there (default)")),
    (ProfilePurpose.TX.value, _("the charge in progress only")),
    (START, _("a new charge, started with it")),
    (ProfilePurpose.STATION_MAX.value, _("the station (all charges together)")),
]


class HoursField(forms.Field):
    """Hours and minutes as seconds: 8, 8:30, 8:30:15."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "0:00", "size": 7})

    def clean(self, value: Any) -> int | None:
        text = (super().clean(value) or "").strip()
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,4})(?::([0-5]?\d))?(?::([0-5]?\d))?", text)
        if found is None:
            raise forms.ValidationError(_("Write hours and minutes, such as 8:30."))
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds


class InstantField(forms.DateTimeField):
    """A moment of the station's clock, in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        at: datetime | None = super().clean(value)
        return at and at.astimezone(UTC)


class ProfileForm(forms.Form):
    """What the profile is for and when it counts."""

    evse = forms.ChoiceField(label=_("Where"))
    purpose = forms.ChoiceField(label=_("It limits"), choices=PURPOSES)
    token = forms.ModelChoiceField(
        label=_("Id token of the new charge"), queryset=IdToken.objects.all(), required=False, empty_label=None
    )
    rhythm = forms.ChoiceField(
        label=_("Rhythm"),
        choices=[
            (ONCE, _("once, from the start on")),
            (DAILY, _("again every day")),
            (WEEKLY, _("again every week")),
            (RELATIVE, _("from the begin of each charge")),
        ],
    )
    start_at = InstantField(label=_("Start"), required=False)
    duration_s = HoursField(
        label=_("Lasts"), required=False, help_text=_("In hours, such as 8:30; empty: without end.")
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=UNIT_CHOICES)
    stack_level = forms.IntegerField(
        label=_("Stack level"), min_value=0, max_value=2**31 - 1, initial=0,
        help_text=_("Of several profiles with one purpose the highest level counts."),
    )  # fmt: skip
    valid_from = InstantField(label=_("Valid from"), required=False)
    valid_to = InstantField(label=_("Valid until"), required=False)
    min_charging_rate = forms.DecimalField(
        label=_("Lowest useful rate"),
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=1,
        help_text=_("Below it charging is inefficient; stations may share their limit accordingly."),
    )

    def __init__(self, *args: Any, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.station = station
        self.abilities = abilities_of(station)
        self._choose("evse", [("0", _("the whole station")), *evse_choices(station, "")[1:]])
        self._choose("unit", [choice for choice in UNIT_CHOICES if RateUnit(choice[0]) in self.abilities.units])
        self._choose("token", token_choices([*self._chosen_token(), *usable_tokens()]))

    def _choose(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _chosen_token(self) -> list[IdToken]:
        """One that was searched for is no choice of the first look."""
        number = number_of(str(self.data.get("token", "")))
        return list(IdToken.objects.filter(pk=number).select_related("driver")) if number else []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("purpose") == START and not data.get("token"):
            self.add_error("token", _("Who charges?"))
        if data.get("rhythm") == RELATIVE:
            data["start_at"] = None
        return data

    @property
    def starts_charge(self) -> bool:
        return bool(self.cleaned_data["purpose"] == START)


class PeriodForm(forms.Form):
    """From when on which limit; an empty row is none."""

    start_s = HoursField(label=_("From"), required=False)
    limit = forms.DecimalField(label=_("Limit"), required=False, min_value=0, max_digits=9, decimal_places=1)
    phases = forms.TypedChoiceField(
        label=_("Phases"), required=False, coerce=int, empty_value=None,
        choices=[("", pgettext_lazy("phases", "any")), ("1", "1"), ("2", "2"), ("3", "3")],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("limit") is None and "limit" in data and data.get("start_s") is not None:
            self.add_error("limit", _("Which limit?"))
        if data.get("limit") is not None and data.get("start_s") is None and "start_s" in data:
            self.add_error("start_s", _("From when on?"))
        return data


PeriodFormSet = formset_factory(PeriodForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


@dataclass(frozen=True, kw_only=True)
class ProfileEditor:
    """Both of them together."""

    form: ProfileForm
    rows: "BaseFormSet[PeriodForm]"

    @classmethod
    def fresh(cls, station: ChargingStation, query: Mapping[str, str]) -> "ProfileEditor":
        """A daily default, as most are; a place that was clicked on is chosen already."""
        midnight = this_minute().astimezone(station.zone).replace(hour=0, minute=0)
        initial = {"evse": query.get("evse", "0"), "rhythm": DAILY, "start_at": midnight}
        rows = [{"start_s": "0:00"}, {}, {}]
        return cls(
            form=ProfileForm(station=station, initial=initial), rows=PeriodFormSet(initial=rows, prefix="periods")
        )

    @classmethod
    def filled_in(cls, station: ChargingStation, data: Any, *, more: bool = False) -> "ProfileEditor":
        """What was typed, with a further row if it was asked for."""
        told = data.copy()
        count = told.get("periods-TOTAL_FORMS", "")
        if more and count.isdigit():
            told["periods-TOTAL_FORMS"] = str(min(int(count) + 1, MOST_ROWS))
        return cls(form=ProfileForm(told, station=station), rows=PeriodFormSet(told, prefix="periods"))

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows.is_valid()])

    @property
    def wish(self) -> SetChargingProfile:
        """What it says, in our words; its number at the station is not known yet."""
        data = self.form.cleaned_data
        kind, recurrency = RHYTHMS[data["rhythm"]]
        purpose = ProfilePurpose.TX if self.form.starts_charge else ProfilePurpose(data["purpose"])
        profile = ChargingProfile(
            id=0,
            stack_level=data["stack_level"],
            purpose=purpose,
            kind=kind,
            recurrency=recurrency,
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            schedules=(self._schedule(data),),
        )
        return SetChargingProfile(evse=int(data["evse"]), profile=profile)

    def _schedule(self, data: Mapping[str, Any]) -> ChargingSchedule:
        rate = data["min_charging_rate"]
        told = [row.cleaned_data for row in self.rows if row.cleaned_data.get("limit") is not None]
        return ChargingSchedule(
            id=1,
            rate_unit=RateUnit(data["unit"]),
            start_at=data["start_at"],
            duration_s=data["duration_s"],
            min_charging_rate=None if rate is None else float(rate),
            periods=tuple(
                ChargingSchedulePeriod(
                    start_period_s=period["start_s"], limit=float(period["limit"]), number_phases=period["phases"]
                )
                for period in told
            ),
        )


class ClearForm(forms.Form):
    """Which profiles a station shall forget: all that match what is chosen."""

    evse = forms.ChoiceField(label=_("Where"), required=False)
    purpose = forms.ChoiceField(
        label=pgettext_lazy("profile", "For"), required=False,
        choices=[("", _("every purpose")), *((value, name) for value, name in PURPOSES if value != START)],
    )  # fmt: skip
    stack_level = forms.IntegerField(label=_("Stack level"), required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evse"]
        assert isinstance(field, forms.ChoiceField)
        everywhere = [("", gettext("everywhere")), ("0", gettext("the whole station"))]
        field.choices = [*everywhere, *evse_choices(station, "")[1:]]

    @property
    def which(self) -> ClearChargingProfile:
        data = self.cleaned_data
        return ClearChargingProfile(
            evse=int(data["evse"]) if data["evse"] else None,
            purpose=ProfilePurpose(data["purpose"]) if data["purpose"] else None,
            stack_level=data["stack_level"],
        )
