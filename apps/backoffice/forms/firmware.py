"""Forms of the firmware library, of updates and campaigns, and of requests for logs."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.forms.reservations import LocalTimeField
from apps.backoffice.rules.weeks import instant_of
from apps.core.errors import UnableTo
from apps.core.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from apps.stations.messages import LogType
from apps.stations.models import ChargingStation, Firmware
from apps.stations.models.firmware import LONGEST_S, MOST_RETRIES
from apps.stations.models.logs import LOG_TYPES

LONGEST_H = LONGEST_S // SECONDS_PER_HOUR
LONGEST_ADDRESS = 512
MOST_STATIONS = 2000


def show_refusal(form: forms.Form, problem: UnableTo) -> None:
    """Put what a service refuses where it belongs."""
    for error in problem.errors:
        name = error.path.removeprefix("$.")
        form.add_error(name if name in form.fields else None, error.message)
    if not problem.errors:
        form.add_error(None, str(problem))


class FoldedForm(forms.Form):
    """A form of which some fields are folded away, until something in them is wrong."""

    folded: ClassVar[tuple[str, ...]] = ()
    unlisted: ClassVar[tuple[str, ...]] = ()
    seldom_title: ClassVar[str | Promise] = ""

    @property
    def often(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in (*self.folded, *self.unlisted)]

    @property
    def seldom(self) -> list[forms.BoundField]:
        return [self[name] for name in self.folded]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors for field in self.seldom)


class FirmwareForm(FoldedForm):
    """A file for the library."""

    folded = ("sha256", "signature", "signing_certificate", "notes")
    seldom_title = _("Checksum, signature and notes")
    file = forms.FileField(label=_("File"), max_length=255)
    version = forms.CharField(
        label=_("Version"), max_length=255, help_text=_("As the station reports it once it runs this firmware.")
    )
    vendor = forms.CharField(label=_("Vendor"), max_length=255, required=False, help_text=_("Empty: any."))
    model = forms.CharField(label=_("Model"), max_length=255, required=False, help_text=_("Empty: any."))
    sha256 = forms.CharField(
        label=_("SHA-256 from the maker"), max_length=100, required=False,
        help_text=_("Given, only the very file is taken."),
    )  # fmt: skip
    signature = forms.CharField(
        label=_("Signature (base64)"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    signing_certificate = forms.CharField(
        label=_("Signing certificate (PEM)"), max_length=5500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    @property
    def row(self) -> Firmware:
        names = ("version", "vendor", "model", "signature", "signing_certificate", "notes")
        return Firmware(**{name: self.cleaned_data[name].strip() for name in names})


class LocalForm(FoldedForm):
    """A form whose times are those on the clocks of one place."""

    times: tuple[str, ...] = ()

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.times:
            data[name] = self._instant(name, data.get(name))
        return data

    def _instant(self, name: str, local: datetime | None) -> datetime | None:
        try:
            at = instant_of(local, self.zone) if local else None
        except OverflowError:
            at = None
        if local and at is None:
            self.add_error(name, _("The clocks of this place never show this time."))
        return at


class TermsForm(LocalForm):
    """How stations are asked to update."""

    times: tuple[str, ...] = ("retrieve_at", "install_at")
    folded: ClassVar[tuple[str, ...]] = ("retrieve_at", "install_at", "retries", "retry_interval_s")
    seldom_title = _("When, and how often to try")
    retrieve_at = LocalTimeField(label=_("Download from"), required=False, help_text=_("Empty: at once."))
    install_at = LocalTimeField(
        label=_("Install from"), required=False, help_text=_("OCPP 1.6 takes this with a signature only.")
    )
    retries = forms.IntegerField(label=_("Attempts to download"), required=False, min_value=0, max_value=MOST_RETRIES)
    retry_interval_s = forms.IntegerField(
        label=_("Seconds between attempts"), required=False, min_value=0, max_value=LONGEST_S
    )
    is_signed = forms.BooleanField(label=_("Send the signature along"), required=False)
    hours = forms.IntegerField(
        label=_("Time limit (hours)"), min_value=1, max_value=LONGEST_H, initial=24,
        help_text=_("After this the update counts as unknown. A station that is offline is waited for as long."),
    )  # fmt: skip

    @property
    def terms(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = ("retrieve_at", "install_at", "retries", "retry_interval_s", "is_signed")
        return {name: data[name] for name in names} | {"timeout_s": data["hours"] * SECONDS_PER_HOUR}


class UpdateForm(TermsForm):
    """An update of one station, from the library or from an address."""

    firmware = forms.ModelChoiceField(
        label=_("Firmware"), queryset=Firmware.objects.none(), required=False, empty_label=_("from another address")
    )
    address = forms.CharField(
        label=_("Address"), required=False, max_length=LONGEST_ADDRESS, help_text=_("http, https, ftp, ftps or sftp.")
    )
    version = forms.CharField(label=_("Version that it will report"), required=False, max_length=255)
    field_order = ("firmware", "is_signed", "hours")
    folded = ("address", "version", *TermsForm.folded)
    seldom_title = _("From where, when, and how often to try")

    def __init__(self, *args: Any, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, zone=station.zone, **kwargs)
        field = self.fields["firmware"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = fitting(station)
        proposed = field.queryset.exclude(version=station.firmware_version).first()
        if proposed:
            self.initial = {"firmware": proposed.pk, "is_signed": proposed.is_signed, **self.initial}

    @property
    def is_unfolded(self) -> bool:
        """Also where there is nothing to choose but an address."""
        return super().is_unfolded or not (self.is_bound or self.initial)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("firmware"):
            data["address"] = data["version"] = ""
        elif not data.get("address") and "address" not in self.errors:
            self.add_error("address", _("Choose a firmware, or write an address."))
        return data


def fitting(station: ChargingStation) -> "QuerySet[Firmware]":
    """The library's firmware for this make, the newest first."""
    offered = Firmware.objects.filter(archived_at=None)
    return offered.filter(pk__in=[firmware.pk for firmware in offered if firmware.fits(station)])


class LogForm(LocalForm):
    """A request for a log."""

    times = ("oldest_at", "latest_at")
    folded = ("address",)
    seldom_title = _("To another address")
    log_type = forms.ChoiceField(label=_("Log"), choices=LOG_TYPES, initial=LogType.DIAGNOSTICS)
    oldest_at = LocalTimeField(label=_("From"), required=False)
    latest_at = LocalTimeField(label=_("Until"), required=False)
    address = forms.CharField(
        label=_("Address"), required=False, max_length=LONGEST_ADDRESS,
        help_text=_("Empty: to us. Otherwise the file does not appear here."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("oldest_at") and data.get("latest_at") and data["oldest_at"] >= data["latest_at"]:
            self.add_error("latest_at", _("The end lies before the beginning."))
        return data


class CampaignForm(TermsForm):
    """One firmware for the chosen of these stations."""

    times = ("retrieve_at", "install_at", "due_at")
    name = forms.CharField(label=_("Name"), max_length=200)
    stations = forms.ModelMultipleChoiceField(
        label=_("Stations"), queryset=ChargingStation.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    wave_size = forms.IntegerField(label=_("Stations per wave"), min_value=1, max_value=1000, initial=5)
    pause_min = forms.IntegerField(
        label=_("Pause between waves (minutes)"), min_value=0, max_value=LONGEST_S // SECONDS_PER_MINUTE, initial=30
    )
    stop_after = forms.IntegerField(
        label=_("Stop after so many failures"), min_value=0, max_value=MOST_STATIONS, initial=1,
        help_text=_("0: never."),
    )  # fmt: skip
    due_at = LocalTimeField(label=_("Begin at"), required=False, help_text=_("Empty: at once."))
    field_order = ("name", "wave_size", "pause_min", "stop_after", "due_at", "is_signed", "hours")
    unlisted = ("stations",)

    def __init__(self, *args: Any, stations: "QuerySet[ChargingStation]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stations"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = stations

    @property
    def plan(self) -> dict[str, Any]:
        data = self.cleaned_data
        pause_s = data["pause_min"] * SECONDS_PER_MINUTE
        return self.terms | {name: data[name] for name in ("name", "wave_size", "stop_after", "due_at")} | {
            "pause_s": pause_s
        }  # fmt: skip
