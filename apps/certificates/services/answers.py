"""What stations answer about certificates."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.db import transaction

from apps.certificates.messages import CertificateHashData, CertificateUse
from apps.certificates.messages import InstalledCertificate as Told
from apps.certificates.models import PRESENT, CertificateRequest, InstalledCertificate, InstalledState, RequestState
from apps.certificates.rules.facts import hash_data_of
from apps.certificates.rules.judging import same_name
from apps.certificates.rules.reading import certificates_in
from apps.certificates.services.wording import KEPT, NOT_ANSWERED, NOT_TAKEN
from apps.core.clock import now
from apps.core.text import shortened
from apps.events.services import broadcast
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.rows import locked_station

NOTE_LENGTH = 300
MOST_LISTED = 200
OPEN = (CommandState.QUEUED, CommandState.SENT)
NAME_IN_16 = "CentralSystemRootCertificate"


@transaction.atomic
def take_answer(command_id: str) -> None:
    """Follow a command about certificates to its end; other commands change nothing, nor does a second call."""
    command = StationCommand.objects.select_related("station").get(pk=command_id)
    take = TAKERS.get(command.action or command.kind.split(".")[-1])
    if take is None or command.state in OPEN:
        return
    station = locked_station(command.station_id)
    take(command, station)
    broadcast("certificates", id=station.pk)


def _signed(command: StationCommand, _station: ChargingStation) -> None:
    request = CertificateRequest.objects.filter(command=command).first()
    if request is None or request.state == RequestState.SIGNED:
        return
    if command.state == CommandState.ACCEPTED:
        request.enter(RequestState.SIGNED)
    elif request.state == RequestState.SENT:
        request.enter(RequestState.FAILED, note=_why(command))


def _installed(command: StationCommand, _station: ChargingStation) -> None:
    row = InstalledCertificate.objects.filter(command=command).first()
    if row is None:
        return
    if command.state == CommandState.ACCEPTED:
        row.enter(InstalledState.INSTALLED)
    elif row.state == InstalledState.ASKED:
        row.enter(InstalledState.FAILED, note=_why(command))


def _deleted(command: StationCommand, _station: ChargingStation) -> None:
    row = InstalledCertificate.objects.filter(command=command).first()
    if row is None:
        return
    if command.state == CommandState.ACCEPTED:
        row.enter(InstalledState.DELETED)
    elif row.state == InstalledState.DELETING:
        is_unknown = command.status.casefold() == "notfound"
        refused = KEPT if command.state == CommandState.REJECTED else _why(command)
        row.enter(InstalledState.GONE if is_unknown else InstalledState.INSTALLED, note="" if is_unknown else refused)


def _why(command: StationCommand) -> str:
    unanswered = (CommandState.TIMED_OUT, CommandState.EXPIRED)
    said = NOT_ANSWERED if command.state in unanswered else command.error or NOT_TAKEN
    return shortened(said, NOTE_LENGTH)


def _listed(command: StationCommand, station: ChargingStation) -> None:
    """The list is whole for the uses that were asked for: what it leaves out is gone.

    It is silent about what has been installed or deleted since it was asked for; answers may be heard in any order.
    """
    if command.state != CommandState.ACCEPTED:
        return
    told = msgspec.convert(command.result or [], list[Told])[:MOST_LISTED]
    known = list(InstalledCertificate.objects.filter(station=station).select_related("command"))
    found = {_take_told(one, known, command).pk for one in told}
    for row in known:
        is_asked = row.use in _uses_asked(command.payload)
        if row.pk not in found and row.state in PRESENT and is_asked and not _is_settled_since(row, command):
            row.enter(InstalledState.GONE)


def _is_settled_since(row: InstalledCertificate, command: StationCommand) -> bool:
    settled_at = row.command.finished_at if row.command else None
    return bool(settled_at and command.sent_at and settled_at > command.sent_at)


def _uses_asked(payload: Any) -> frozenset[str]:
    """Of the request as it was sent: one word in 1.6, a list or nothing in 2.x."""
    said = payload.get("certificateType") if isinstance(payload, dict) else None
    words = said if isinstance(said, list) else [said] if said else list(CertificateUse)
    return frozenset(CertificateUse.CSMS_ROOT if word == NAME_IN_16 else str(word) for word in words)


def _take_told(told: Told, known: list[InstalledCertificate], command: StationCommand) -> InstalledCertificate:
    row = next((row for row in known if row.use == told.use and _is_same(row, told.hash_data)), None)
    if row is None:
        row = InstalledCertificate(station=command.station, use=told.use)
        known.append(row)
    elif _is_settled_since(row, command):
        return row
    row.call(_fitting(told.hash_data))
    row.children = msgspec.to_builtins(told.child_hash_data)
    row.told_at, row.state, row.note = now(), InstalledState.INSTALLED, ""
    row.save()
    return row


def _is_same(row: InstalledCertificate, name: CertificateHashData) -> bool:
    """By the name it has, or, of what we installed, by what its name would be with the station's algorithm."""
    if same_name(row.hash_data, name):
        return True
    return bool(row.pem) and same_name(hash_data_of(certificates_in(row.pem)[0], name.hash_algorithm), name)


def _fitting(name: CertificateHashData) -> CertificateHashData:
    """What no column holds is no certificate's name; cut, it is at least shown."""
    return CertificateHashData(
        hash_algorithm=name.hash_algorithm,
        issuer_name_hash=shortened(name.issuer_name_hash, 128),
        issuer_key_hash=shortened(name.issuer_key_hash, 128),
        serial_number=shortened(name.serial_number, 60),
    )


TAKERS: dict[str, Callable[[StationCommand, ChargingStation], None]] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _deleted,
    "GetInstalledCertificateIds": _listed,
    "InstallCertificate": _installed,
}
