"""Commands in words, for lists of what was asked of stations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.dialects.adapters.masking import masked
from apps.drivers.messages import UpdateType
from apps.stations.models import CommandState, StationCommand
from apps.stations.services.wording import in_words

TONES = {
    CommandState.QUEUED: ("unknown", "clock"),
    CommandState.SENT: ("charging", "out"),
    CommandState.ACCEPTED: ("free", "check"),
    CommandState.REJECTED: ("occupied", "ban"),
    CommandState.FAILED: ("faulted", "alert"),
    CommandState.TIMED_OUT: ("faulted", "clock"),
    CommandState.EXPIRED: ("unknown", "clock"),
    CommandState.NOT_HONOURED: ("faulted", "alert"),
}


@dataclass(frozen=True)
class ShownCommand:
    """A command as lists draw it."""

    command: StationCommand

    @property
    def title(self) -> str:
        known = TITLES.get(self.command.kind.split(".")[-1])
        return str(known) if known else self.command.action or self.command.kind

    @property
    def about(self) -> str:
        """What it was about: the EVSE, the variable, the type of reset."""
        message = self.command.message
        if not isinstance(message, dict):
            return ""
        describe = DETAILS.get(self.command.kind.split(".")[-1], _place)
        return " · ".join(part for part in describe(message) if part)

    @property
    def error(self) -> str:
        """What went wrong, in the language of whoever looks at it."""
        return in_words(self.command.error)

    @property
    def tone(self) -> str:
        return TONES[CommandState(self.command.state)][0]

    @property
    def icon(self) -> str:
        return TONES[CommandState(self.command.state)][1]

    @property
    def payload(self) -> Any:
        return masked(self.command.payload)

    @property
    def answer(self) -> Any:
        return masked(self.command.answer)


def shown_commands(commands: list[StationCommand]) -> list[ShownCommand]:
    return [ShownCommand(command) for command in commands]


TITLES: Mapping[str, str | Promise] = {
    "Reset": gettext_lazy("Reset"),
    "UnlockConnector": gettext_lazy("Unlock connector"),
    "ChangeAvailability": gettext_lazy("Change availability"),
    "TriggerMessage": gettext_lazy("Ask for a message"),
    "GetVariables": gettext_lazy("Read configuration"),
    "SetVariables": gettext_lazy("Write configuration"),
    "GetBaseReport": gettext_lazy("Get report"),
    "DataTransfer": gettext_lazy("Vendor data"),
    "UpdateFirmware": gettext_lazy("Update firmware"),
    "GetLog": gettext_lazy("Ask for a log"),
    "ClearCache": gettext_lazy("Clear cache"),
    "GetLocalListVersion": gettext_lazy("Read local list version"),
    "SendLocalList": gettext_lazy("Send local list"),
    "RequestStartTransaction": gettext_lazy("Start charge"),
    "RequestStopTransaction": gettext_lazy("Stop charge"),
    "GetTransactionStatus": gettext_lazy("Ask what became of a charge"),
    "SetChargingProfile": gettext_lazy("Set charging profile"),
    "ClearChargingProfile": gettext_lazy("Clear charging profiles"),
    "GetCompositeSchedule": gettext_lazy("Read schedule"),
    "ReserveNow": gettext_lazy("Reserve"),
    "CancelReservation": gettext_lazy("Cancel reservation"),
    "CertificateSigned": gettext_lazy("Send certificate"),
    "InstallCertificate": gettext_lazy("Install root"),
    "DeleteCertificate": gettext_lazy("Delete root"),
    "GetInstalledCertificateIds": gettext_lazy("Read certificates"),
}


def _place(message: Mapping[str, Any]) -> list[str]:
    evse, connector = message.get("evse"), message.get("connector")
    if not evse:
        return []
    return [_("EVSE %(evse)s") % {"evse": evse}, _("connector %(number)s") % {"number": connector} if connector else ""]


def _reset(message: Mapping[str, Any]) -> list[str]:
    return [_("at once") if message.get("type") == "Immediate" else _("when idle"), *_place(message)]


def _availability(message: Mapping[str, Any]) -> list[str]:
    return [_("operative") if message.get("operative") else _("inoperative"), *_place(message)]


def _trigger(message: Mapping[str, Any]) -> list[str]:
    return [str(message.get("requested", "")), *_place(message)]


def _read(message: Mapping[str, Any]) -> list[str]:
    names = [_name(ref) for ref in message.get("refs") or []]
    return [", ".join(names[:4]) + (" …" if len(names) > 4 else "") if names else _("everything")]


def _write(message: Mapping[str, Any]) -> list[str]:
    """Names only: values may be secrets."""
    return [", ".join(_name(value.get("ref", {})) for value in message.get("values") or [])]


def _name(ref: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in (ref.get("component"), ref.get("variable")) if part)


def _report(message: Mapping[str, Any]) -> list[str]:
    return [str(message.get("report_base", ""))]


def _local_list(message: Mapping[str, Any]) -> list[str]:
    """How many: the numbers are not for everyone."""
    count = len(message.get("entries") or [])
    entries = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}
    kind = _("whole") if message.get("update_type") == UpdateType.FULL else _("changes")
    return [kind, _("version %(version)s") % {"version": message.get("version")}, entries]


def _charge(message: Mapping[str, Any]) -> list[str]:
    return [str(message.get("transaction_ref") or _("everything"))]


def _vendor_data(message: Mapping[str, Any]) -> list[str]:
    return [str(message.get("vendor_id") or ""), str(message.get("message_id") or "")]


def _uses(message: Mapping[str, Any]) -> list[str]:
    return [str(use) for use in message.get("uses") or [message.get("use")] if use]


DETAILS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "Reset": _reset,
    "ChangeAvailability": _availability,
    "TriggerMessage": _trigger,
    "GetVariables": _read,
    "SetVariables": _write,
    "GetBaseReport": _report,
    "GetTransactionStatus": _charge,
    "SendLocalList": _local_list,
    "DataTransfer": _vendor_data,
    "InstallCertificate": _uses,
    "GetInstalledCertificateIds": _uses,
}
