"""What people say about oddities."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkProfile
from apps.stations.services.quirks import OVERRIDABLE, profile_of

SCOPES = [("station", _("this station")), ("firmware", _("this firmware")), ("model", _("the whole model"))]


class AcceptForm(forms.Form):
    scope = forms.ChoiceField(choices=SCOPES)


class OverrideForm(forms.Form):
    """Something to accept, of a station or of its whole make. `what` is kind and value in one, or minutes."""

    station_id = forms.ModelChoiceField(queryset=ChargingStation.objects.none())
    what = forms.CharField(max_length=100)
    minutes = forms.IntegerField(required=False, min_value=-840, max_value=840)
    station_only = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station_id"].queryset = ChargingStation.objects.filter(archived_at=None)  # type: ignore[attr-defined]

    def clean_what(self) -> str:
        what = str(self.cleaned_data["what"])
        if what.partition(":")[0] not in set(OVERRIDABLE):
            raise forms.ValidationError(_("Choose what to accept."))
        return what

    @property
    def station(self) -> ChargingStation:
        found: ChargingStation = self.cleaned_data["station_id"]
        return found

    @property
    def profile(self) -> QuirkProfile:
        return profile_of(self.station)

    @property
    def kind(self) -> Quirk:
        return Quirk(self.cleaned_data["what"].partition(":")[0])

    @property
    def value(self) -> str:
        if self.kind is Quirk.ZONE_OFFSET:
            return str(self.cleaned_data["minutes"] if self.cleaned_data["minutes"] is not None else "")
        return str(self.cleaned_data["what"].partition(":")[2])

    @property
    def problem(self) -> str:
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
