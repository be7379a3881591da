"""Forms of what is asked of stations."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.rights import COMMAND, CONFIGURE, START
from apps.backoffice.services.tokens import usable_tokens
from apps.dialects.adapters.dialect import Dialect
from apps.dialects.adapters.registry import dialect_for
from apps.drivers.messages import ClearCache
from apps.drivers.models import IdToken
from apps.stations.messages import (
    ChangeAvailability,
    DataTransfer,
    GetVariables,
    OcppVersion,
    Reset,
    ResetType,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    VariableRef,
    VariableValue,
)
from apps.stations.models import EVSE, ChargingStation, Variable
from apps.stations.services.wording import errors_in_words

LONGEST_VALUE = 2500
MOST_KEYS = 50


def dialect_of(station: ChargingStation) -> Dialect:
    """The version the station spoke last; before its first connection the one most stations speak."""
    known = station.ocpp_version in set(OcppVersion)
    return dialect_for(OcppVersion(station.ocpp_version) if known else OcppVersion.V16)


class OrderForm(forms.Form):
    """Something to ask of a station; `message()` is the command in our words."""

    title: ClassVar[str | Promise]
    icon: ClassVar[str]
    permission: ClassVar[str] = COMMAND
    only_2x: ClassVar[bool] = False
    hint: ClassVar[str | Promise] = ""
    do_not_call_in_templates: ClassVar[bool] = True

    def __init__(self, *args: Any, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.station = station

    @property
    def dialect(self) -> Dialect:
        return dialect_of(self.station)

    @property
    def is_16(self) -> bool:
        return self.dialect.version is OcppVersion.V16

    def choose(self, name: str, choices: Sequence[tuple[Any, str | Promise]]) -> None:
        """Fill a field's choices from this station's rows."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def message(self) -> Any:
        raise NotImplementedError


def evse_choices(station: ChargingStation, whole: str | Promise) -> list[tuple[str, str | Promise]]:
    numbers = station.evses.values_list("number", flat=True)
    return [("", whole), *((str(number), gettext("EVSE %(evse)s") % {"evse": number}) for number in numbers)]


class WhereForm(OrderForm):
    """A command for the whole station or one of its EVSEs."""

    evse = forms.ChoiceField(label=_("Where"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("evse", evse_choices(self.station, _("the whole station")))

    @property
    def evse_number(self) -> int | None:
        chosen = self.cleaned_data["evse"]
        return int(chosen) if chosen else None


class ResetForm(WhereForm):
    title, icon = _("Reset"), "reset"
    hint = _("Charges in progress end when the station restarts at once.")
    type = forms.ChoiceField(
        label=_("When"), choices=[(ResetType.ON_IDLE, _("when idle")), (ResetType.IMMEDIATE, _("at once"))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_16:
            self.choose("evse", evse_choices(self.station, _("the whole station"))[:1])

    def message(self) -> Reset:
        return Reset(type=ResetType(self.cleaned_data["type"]), evse=self.evse_number)


class UnlockForm(OrderForm):
    title, icon = _("Unlock connector"), "unlock"
    hint = _("Frees a stuck plug. A charge in progress ends.")
    connector = forms.ChoiceField(label=_("Connector"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.station.evses.filter(connectors__isnull=False).values_list("number", "connectors__number")
        self.choose("connector", [(f"{evse}-{number}", f"{evse} · {number}") for evse, number in rows])

    def message(self) -> UnlockConnector:
        evse, connector = self.cleaned_data["connector"].split("-")
        return UnlockConnector(evse=int(evse), connector=int(connector))


class AvailabilityForm(WhereForm):
    title, icon = _("Change availability"), "power"
    operative = forms.ChoiceField(label=_("From now on"), choices=[("yes", _("operative")), ("no", _("inoperative"))])

    def message(self) -> ChangeAvailability:
        return ChangeAvailability(operative=self.cleaned_data["operative"] == "yes", evse=self.evse_number)


class TriggerForm(WhereForm):
    """2.x tells a status of one connector only, so one EVSE is proposed there."""

    title, icon = _("Ask for a message"), "bell"
    requested = forms.ChoiceField(
        label=_("Message"),
        choices=[
            (name, name)
            for name in ("StatusNotification", "MeterValues", "TransactionEvent", "BootNotification", "Heartbeat")
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_16:
            self.fields["evse"].initial = self.station.evses.order_by("number").values_list("number", flat=True).first()

    def message(self) -> TriggerMessage:
        return TriggerMessage(requested=self.cleaned_data["requested"], evse=self.evse_number)


class ReadForm(OrderForm):
    title, icon = _("Read configuration"), "download"
    keys = forms.CharField(
        label=_("Which"), required=False, max_length=LONGEST_VALUE, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].help_text = (
            _("One key per line; empty reads all.") if self.is_16 else _("One Component.Variable per line.")
        )
        self.fields["keys"].required = not self.is_16

    def clean_keys(self) -> list[VariableRef]:
        names = [name for name in self.cleaned_data["keys"].replace(",", "\n").split("\n") if name.strip()]
        if len(names) > MOST_KEYS:
            raise forms.ValidationError(_("Too many at once."))
        return [self._ref(name.strip()) for name in names]

    def _ref(self, name: str) -> VariableRef:
        if self.is_16:
            return VariableRef(component="", variable=name)
        component, _dot, variable = name.partition(".")
        if not variable:
            raise forms.ValidationError(_("Write Component.Variable, such as OCPPCommCtrlr.HeartbeatInterval."))
        return VariableRef(component=component, variable=variable)

    def message(self) -> GetVariables:
        return GetVariables(refs=tuple(self.cleaned_data["keys"]))


class WriteForm(OrderForm):
    """A value for a variable that the station has told us of (`variable` is its row), or one named by hand."""

    title, icon, permission = _("Write configuration"), "sliders", CONFIGURE
    variable = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(label=_("Key"), required=False, max_length=120)
    value = forms.CharField(label=_("Value"), required=False, max_length=LONGEST_VALUE, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].help_text = "" if self.is_16 else "Component.Variable"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["ref"] = self._known_ref(data.get("variable")) or self._named_ref(data.get("key", "").strip())
        return data

    def _known_ref(self, pk: int | None) -> VariableRef | None:
        row = Variable.objects.filter(pk=pk, station=self.station).first() if pk else None
        if row is None:
            return None
        return VariableRef(
            component=row.component,
            variable=row.name,
            component_instance=row.component_instance,
            variable_instance=row.instance,
            evse=row.evse,
            connector=row.connector,
            attribute=row.attribute,
        )

    def _named_ref(self, name: str) -> VariableRef:
        component, _dot, variable = ("", "", name) if self.is_16 else name.partition(".")
        if not variable:
            raise forms.ValidationError({"key": _("Which variable?")})
        return VariableRef(component=component, variable=variable)

    def message(self) -> SetVariables:
        value = VariableValue(ref=self.cleaned_data["ref"], value=self.cleaned_data["value"])
        return SetVariables(values=(value,))


class ReportForm(OrderForm):
    title, icon, only_2x = _("Get report"), "report", True
    report_base = forms.ChoiceField(
        label=_("Report"),
        choices=[
            ("FullInventory", _("everything")),
            ("ConfigurationInventory", _("what can be configured")),
            ("SummaryInventory", _("problems only")),
        ],
    )


class ClearCacheForm(OrderForm):
    """S16 §5.4: the verdicts the station remembers, not its local list."""

    title, icon = _("Clear cache"), "close"
    hint = _("The station forgets which tokens it has seen accepted, and asks again.")

    def message(self) -> ClearCache:
        return ClearCache()


class DataTransferForm(OrderForm):
    """1.6 carries text. 2.x carries any JSON: what is JSON goes as such, all else as text."""

    title, icon, permission = _("Vendor data"), "code", CONFIGURE
    hint = _("For what only this vendor's stations understand. Their manual says what they take.")
    vendor_id = forms.CharField(label=_("Vendor"), max_length=255, help_text=_("Mostly a domain: com.example"))
    message_id = forms.CharField(label=_("Message"), max_length=50, required=False)
    payload = forms.CharField(
        label=_("Data"), max_length=20_000, required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip

    def message(self) -> DataTransfer:
        said = self.cleaned_data
        data = said["payload"] if self.is_16 else _json_or_text(said["payload"])
        return DataTransfer(
            vendor_id=said["vendor_id"], message_id=said["message_id"] or None, data=None if data == "" else data
        )


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


class RawForm(OrderForm):
    """Any request of the station's OCPP version, checked against its schema."""

    title, icon, permission = _("Any request"), "code", CONFIGURE
    action = forms.ChoiceField(label=_("Action"))
    payload = forms.CharField(label=_("Payload (JSON)"), initial="{}", max_length=60_000, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("action", [(name, name) for name in sorted(self.dialect.command_actions)])

    def clean_payload(self) -> dict[str, Any]:
        try:
            payload = json.loads(self.cleaned_data["payload"])
        except ValueError as problem:
            raise forms.ValidationError(_("This is no JSON: %(problem)s") % {"problem": problem}) from problem
        if not isinstance(payload, dict):
            raise forms.ValidationError(_("The payload must be an object: {…}"))
        return payload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "action" in data and "payload" in data:
            for error in errors_in_words(self.dialect.check_request(data["action"], data["payload"])):
                self.add_error("payload", f"{error.path}: {error.message}")
        return data


class StartForm(OrderForm):
    """Start a charge at an EVSE with a token."""

    title, icon, permission = _("Start charge"), "play", START
    evse = forms.ModelChoiceField(label=_("EVSE"), queryset=EVSE.objects.none(), empty_label=None)
    token = forms.ModelChoiceField(
        label=pgettext_lazy("driver", "For"), queryset=IdToken.objects.all(), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        evse = self.fields["evse"]
        assert isinstance(evse, forms.ModelChoiceField)
        evse.queryset = self.station.evses.all()
        if not self.is_bound:
            self.choose("token", token_choices(usable_tokens()))


def token_choices(tokens: list[IdToken]) -> list[tuple[int, str]]:
    return [(token.pk, f"{token} · {token.driver}" if token.driver else str(token)) for token in tokens]


class PasswordForm(forms.Form):
    """A password that the station already has; empty makes a new one up."""

    password = forms.CharField(
        label=_("Password"), required=False, max_length=64, strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


ORDERS: dict[str, type[OrderForm]] = {
    "start": StartForm,
    "unlock": UnlockForm,
    "reset": ResetForm,
    "availability": AvailabilityForm,
    "trigger": TriggerForm,
    "read": ReadForm,
    "write": WriteForm,
    "report": ReportForm,
    "clear-cache": ClearCacheForm,
    "data-transfer": DataTransferForm,
    "raw": RawForm,
}
