"""Forms about configuration: a typed editor for one variable, and the editor of templates."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.configuration import ShownVariable
from apps.stations.messages import RegistrationStatus
from apps.stations.models import ChargingStation, ConfigurationTemplate
from apps.stations.models.hardware import REGISTRATION_CHOICES
from apps.stations.rules.configuration import list_items
from apps.stations.services.changes import LONGEST_VALUE
from apps.stations.services.known_keys import KNOWN_KEYS, KeyKind, KnownKey
from apps.stations.services.templates import Setting
from apps.stations.services.values import wrong_value

MOST_ROWS = 200
BLANK_ROWS = 4


class ReasonForm(forms.Form):
    """Why something is done; it goes into the log of changes."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


class VariableForm(ReasonForm):
    """A value for a variable, with the field that its kind wants. `value` in the cleaned data is text."""

    field_order = ["value", "reason"]

    def __init__(self, *args: Any, shown: ShownVariable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = shown
        self.fields["value"] = _field_of(shown)
        self.order_fields(self.field_order)

    @property
    def unit(self) -> str | Promise:
        return self.shown.unit

    def clean_value(self) -> str:
        """As OCPP writes it: true and false, lists with commas."""
        value = self.cleaned_data["value"]
        if isinstance(value, bool):
            return "true" if value else "false"
        text = ",".join(value) if isinstance(value, list) else str(value if value is not None else "")
        problem = wrong_value(self.shown.kind, text, key=self.shown.key)
        if problem:
            raise forms.ValidationError(problem)
        return text


def _field_of(shown: ShownVariable) -> forms.Field:
    value = shown.variable.value or ""
    if shown.kind is KeyKind.BOOLEAN:
        is_on = value.strip().casefold() in ("true", "1", "yes", "on")
        return forms.BooleanField(label=_("switched on"), required=False, initial=is_on)
    if shown.kind is KeyKind.NUMBER:
        low, high = _limits(shown)
        return forms.IntegerField(label=_("Value"), initial=value, min_value=low, max_value=high)
    choices = _choices(shown, value)
    if choices and shown.kind in (KeyKind.MEASURANDS, KeyKind.LIST):
        return forms.MultipleChoiceField(
            label=_("Value"), required=False, initial=list_items(value), choices=choices,
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if choices and shown.kind is KeyKind.CHOICES:
        return forms.ChoiceField(label=_("Value"), initial=value, choices=choices)
    return forms.CharField(label=_("Value"), required=False, initial=value, max_length=LONGEST_VALUE, strip=False)


def _limits(shown: ShownVariable) -> tuple[int | None, int | None]:
    """What the standard allows, or what the station says it can."""
    if shown.key:
        return shown.key.low, shown.key.high
    low, high = shown.variable.min_limit, shown.variable.max_limit
    return None if low is None else int(low), None if high is None else int(high)


def _choices(shown: ShownVariable, value: str) -> list[tuple[str, str]]:
    """What may be chosen, and what the station has beside that."""
    known = shown.key.choices if shown.key else tuple(list_items(shown.variable.values_list))
    present = list_items(value) if known else []
    return [(item, item) for item in dict.fromkeys((*known, *present))]


class TemplateForm(ReasonForm, forms.ModelForm):  # type: ignore[type-arg]
    """Where a template applies and when; its values stand in rows of their own."""

    field_order = ["name", "scope", "vendor", "model", "location", "station", "at_boot", "is_active", "reason"]

    class Meta:
        model = ConfigurationTemplate
        fields = ("name", "scope", "vendor", "model", "location", "station", "at_boot", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        station = self.fields["station"]
        assert isinstance(station, forms.ModelChoiceField)
        station.queryset = ChargingStation.objects.filter(archived_at=None)

    def clean(self) -> dict[str, Any]:
        """What does not belong to the chosen scope is left out, whatever was typed there before."""
        data = super().clean() or {}
        belongs = {"model": ("vendor", "model"), "location": ("location",), "station": ("station",)}
        for scope, names in belongs.items():
            if scope != data.get("scope"):
                data |= {name: "" if name in ("vendor", "model") else None for name in names}
        return data


class SettingForm(forms.Form):
    """One value of a template; a row without a name is left out."""

    component = forms.CharField(label=_("Component"), required=False, max_length=50)
    name = forms.CharField(
        label=_("Variable"), required=False, max_length=50, widget=forms.TextInput(attrs={"list": "known-keys"})
    )
    instance = forms.CharField(label=_("Instance"), required=False, max_length=50)
    value = forms.CharField(label=_("Value"), required=False, max_length=500)

    def setting(self) -> Setting | None:
        data = {name: text.strip() for name, text in self.cleaned_data.items() if isinstance(text, str)}
        return Setting(**data) if data.get("name") else None


SettingFormSet = forms.formset_factory(SettingForm, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class RegistrationForm(ReasonForm):
    """Whether a station is accepted."""

    field_order = ["registration", "reason"]
    registration = forms.ChoiceField(label=_("Registration"), choices=REGISTRATION_CHOICES)

    def clean_registration(self) -> RegistrationStatus:
        return RegistrationStatus(self.cleaned_data["registration"])


def proposals() -> list[KnownKey]:
    """Keys that can be written, for the list of suggestions."""
    return [key for key in KNOWN_KEYS.values() if not key.read_only and key.kind is not KeyKind.SECRET]
