"""Firmware updates of single stations: asked for, followed by what the station says, and ended in time."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.services import audit
from apps.accounts.services.saving import check
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.text import shortened
from apps.events.services import broadcast, emit
from apps.stations.messages import Caller, CampaignMoved, FirmwareStatus, FirmwareStatusNotification, UpdateFirmware
from apps.stations.models import CampaignState, ChargingStation, CommandState, FirmwareUpdate, StationCommand, StepKind
from apps.stations.rules.firmware import OPEN, UpdateState, proves_success, state_after
from apps.stations.services.commands import cancel_command, queue_command
from apps.stations.services.rows import locked_station
from apps.stations.services.transfers import (
    check_address,
    check_times,
    close_transfer,
    count_moved,
    offer_download,
    without_password,
)

# A station that tells no number may speak of an update that has ended no longer ago.
LISTENED_TO_FOR = timedelta(days=7)
# What a station says of an update that had ended opens it again for this long.
REOPENED_FOR = timedelta(hours=2)

# Stored as they are written here: whoever reads them later may read another language (services/wording.py).
NOT_REACHED = gettext_noop("The station was not connected in time.")
REFUSED = gettext_noop("The station refused the update.")
NOT_UNDERSTOOD = gettext_noop("The station could not be asked: it may not know this request. Try it without signature.")
BAD_CERTIFICATE = gettext_noop("The station does not trust the certificate that the firmware was signed with.")
NOTHING_HEARD = gettext_noop("The station has not said in time what became of the update.")
OTHER_VERSION = gettext_noop("The station now reports another version than was expected.")
PROBLEMS = {
    FirmwareStatus.DOWNLOAD_FAILED: gettext_noop("The station could not download the file."),
    FirmwareStatus.INSTALLATION_FAILED: gettext_noop("The station could not install the file."),
    FirmwareStatus.INSTALL_VERIFICATION_FAILED: gettext_noop("The station found the installed firmware to be damaged."),
    FirmwareStatus.INVALID_SIGNATURE: gettext_noop(
        "Security: the station found the signature to be invalid and installed nothing. The file may be forged."
    ),
}
ANSWERS = {"InvalidCertificate": BAD_CERTIFICATE, "RevokedCertificate": BAD_CERTIFICATE}


@transaction.atomic
def request_update(update: FirmwareUpdate, *, by: str) -> FirmwareUpdate:
    """Ask a station to update, from the library (`firmware`) or from an `address`; raises UnableTo.

    It waits for a station that is not connected, as long as the update may take.
    """
    station = locked_station(update.station_id)
    update.by, address = by, update.address
    check_times(retrieve_at=update.retrieve_at, install_at=update.install_at)
    if update.firmware is None:
        update.address = without_password(check_address(address))
    refuse_unfit(update, station)
    check(update)
    update.save(force_insert=True)
    audit.record(
        by, "stations.firmware.update_requested", audit.target_of(station), name=update.version or update.address
    )
    _ask(update, station, address)
    return update


def refuse_unfit(update: FirmwareUpdate, station: ChargingStation) -> None:
    """Raise UnableTo when the firmware is not for this station, or another update of it is under way."""
    firmware = update.firmware
    if FirmwareUpdate.objects.filter(station=station, state__in=OPEN).exclude(pk=update.pk).exists():
        raise UnableTo(_("Another update of %(name)s is under way.") % {"name": station.identity})
    if firmware is None:
        return
    if firmware.archived_at:
        raise UnableTo(_("This firmware is archived."))
    if not firmware.fits(station):
        raise UnableTo(_("%(firmware)s is not made for %(name)s.") % {"firmware": firmware, "name": station.identity})
    if update.is_signed and not firmware.is_signed:
        raise UnableTo(_("This firmware has no signature in the library."))
    update.version = firmware.version


def _ask(update: FirmwareUpdate, station: ChargingStation, address: str) -> None:
    """Queue the request; the station is locked."""
    at = now()
    update.request_id, update.asked_at = station.next_request_id(), at
    update.version_before, update.deadline_at = station.firmware_version, update.deadline(at)
    update.state = UpdateState.ASKED
    message = UpdateFirmware(
        request_id=update.request_id,
        location=_location(update, station) or address,
        retrieve_at=update.retrieve_at or at,
        install_at=update.install_at,
        retries=update.retries,
        retry_interval_s=update.retry_interval_s,
        **_signature(update),
    )
    patience_s = int((update.deadline_at - at).total_seconds())
    update.command = queue_command(station, message, by=update.by, expires_in_s=patience_s)
    update.save()
    update.note(StepKind.ASKED, at=at, detail=update.by)
    _broadcast(update)


def _location(update: FirmwareUpdate, station: ChargingStation) -> str:
    """An address of ours where the file can be fetched; empty when it comes from elsewhere."""
    firmware, until = update.firmware, update.deadline_at
    if firmware is None or until is None:
        return ""
    update.transfer, location = offer_download(
        station, sha256=firmware.sha256, size=firmware.size, name=firmware.file_name, until=until
    )
    return location


def _signature(update: FirmwareUpdate) -> dict[str, Any]:
    if not update.is_signed or update.firmware is None:
        return {}
    firmware = update.firmware
    return {"signature": firmware.signature, "signing_certificate": firmware.signing_certificate}


def start_waiting(update_id: int) -> None:
    """Ask a station whose wave has come; what stands against it now ends the update. A second call does nothing."""
    with transaction.atomic():
        waiting = FirmwareUpdate.objects.select_related("firmware").get(pk=update_id)
        station = locked_station(waiting.station_id)
        waiting.refresh_from_db(fields=["state"])
        if waiting.state != UpdateState.WAITING:
            return
        try:
            with transaction.atomic():
                refuse_unfit(waiting, station)
                _ask(waiting, station, "")
        except UnableTo as problem:
            waiting.refresh_from_db()
            _enter(waiting, UpdateState.FAILED, problem=str(problem))


@transaction.atomic
def take_firmware_status(caller: Caller, news: FirmwareStatusNotification) -> None:
    """Follow what the station says, in whatever order and how often it says it (Q71)."""
    locked_station(caller.station_id)
    update = _meant(caller.station_id, news.request_id)
    if update is None or (news.status is FirmwareStatus.IDLE and not update.is_open):
        return
    update.status = shortened(news.raw_status, 50)
    update.save(update_fields=["status"])
    update.note(StepKind.TOLD, at=caller.received_at, detail=f"{news.raw_status} {news.reason}".strip())
    before, after = UpdateState(update.state), state_after(UpdateState(update.state), news.status)
    if after is not before:
        _enter(update, after, problem=PROBLEMS.get(news.status, "") if news.status else "")
        if news.status is FirmwareStatus.INVALID_SIGNATURE:
            _note_forgery(update)
    _broadcast(update)


def _meant(station_id: int, request_id: int | None) -> FirmwareUpdate | None:
    """The update that a station speaks of; without a number, which 1.6 never tells, the last one unless long over."""
    asked = FirmwareUpdate.objects.select_related("station", "campaign", "transfer", "command")
    asked = asked.filter(station=station_id, request_id__isnull=False)
    if request_id is not None and request_id > 0:
        return asked.filter(request_id=request_id).first()
    lately = Q(ended_at=None) | Q(ended_at__gt=now() - LISTENED_TO_FOR)
    return asked.filter(lately).order_by("-request_id").first()


def _note_forgery(update: FirmwareUpdate) -> None:
    station = update.station
    audit.record(
        f"station {station.identity}", "stations.firmware.invalid_signature", audit.target_of(station),
        name=update.version, update=update.pk,
    )  # fmt: skip


def _enter(update: FirmwareUpdate, state: UpdateState, *, problem: str = "") -> None:
    """Go on to a state. One that would be open again yields to a newer update of the same station."""
    at = now()
    if state in OPEN and not update.is_open:
        if FirmwareUpdate.objects.filter(station=update.station_id, state__in=OPEN).exists():
            return
        update.deadline_at = at + REOPENED_FOR
        update.save(update_fields=["deadline_at"])
    ends = update.go(state, at=at, problem=problem)
    if state in (UpdateState.INSTALLED, UpdateState.CANCELLED):
        close_transfer(update.transfer)
    if ends and update.command:
        _withdraw(update.command, by=update.by)
    if ends and update.campaign and update.campaign.state == CampaignState.RUNNING:
        emit(CampaignMoved(campaign_id=update.campaign.pk))
    _broadcast(update)


def _withdraw(command: StationCommand, *, by: str) -> None:
    """Take a request back that still waits for its station, unless it is being sent at this very moment."""
    if command.state == CommandState.QUEUED:
        with suppress(UnableTo):
            cancel_command(command, by=by)


def _broadcast(update: FirmwareUpdate) -> None:
    broadcast("firmware", id=update.station_id)
    if update.campaign_id:
        broadcast("campaigns", id=update.campaign_id)


@transaction.atomic
def note_answer(command: StationCommand) -> None:
    """What became of the request itself. Nothing when the station has gone on already, or at a second call."""
    if not FirmwareUpdate.objects.filter(command=command).exists():
        return
    locked_station(command.station_id)
    update = FirmwareUpdate.objects.select_related("campaign", "transfer").get(command=command)
    if update.state != UpdateState.ASKED or command.is_open:
        return
    at = command.finished_at or now()
    if command.state == CommandState.TIMED_OUT:  # it may have got it; its news or the time limit will tell
        update.note(StepKind.TIMED_OUT, at=at)
        return
    if command.state == CommandState.ACCEPTED:
        update.note(StepKind.ANSWERED, at=at, detail=command.status)
        _enter(update, UpdateState.ACCEPTED)
        return
    update.note(StepKind.ANSWERED, at=at, detail=command.status or command.state)
    _enter(update, UpdateState.FAILED, problem=_why_not(command))


def _why_not(command: StationCommand) -> str:
    if command.state == CommandState.EXPIRED:
        return NOT_REACHED
    if command.state == CommandState.FAILED:
        return command.error or NOT_UNDERSTOOD
    return ANSWERS.get(command.status, REFUSED)


@transaction.atomic
def note_boot(station_id: int) -> None:
    """A station has started: its version may say that the last update has worked (Q71)."""
    station = locked_station(station_id)
    update = _meant(station_id, None)
    if update is None:
        return
    reported, state = station.firmware_version, UpdateState(update.state)
    if update.is_open and reported:
        update.note(StepKind.BOOTED, at=station.booted_at or now(), detail=reported)
    if proves_success(state, before=update.version_before, reported=reported, wanted=update.version):
        unexpected = update.version and reported != update.version
        _enter(update, UpdateState.INSTALLED, problem=OTHER_VERSION if unexpected else "")


@transaction.atomic
def note_fetched(transfer_id: int, *, moved: int, whole: bool) -> None:
    """Bytes went to the station; `whole` when the last of them did."""
    update = FirmwareUpdate.objects.filter(transfer=transfer_id).first()
    if update and whole:
        locked_station(update.station_id)
        update.note(StepKind.FETCHED, at=now())
        _broadcast(update)
    count_moved(transfer_id, moved=moved)


@transaction.atomic
def cancel_update(update: FirmwareUpdate, *, by: str) -> None:
    """Take an update back as far as that goes: the station gets the file no more, but what it has it may install."""
    station = locked_station(update.station_id)
    open_update = FirmwareUpdate.objects.select_related("campaign", "transfer", "command").get(pk=update.pk)
    if not open_update.is_open:
        raise UnableTo(_("This update has ended already."))
    open_update.note(StepKind.CANCELLED, at=now(), detail=by)
    _enter(open_update, UpdateState.CANCELLED)
    audit.record(by, "stations.firmware.update_cancelled", audit.target_of(station), update=update.pk)


def time_out_updates() -> int:
    """End what was not heard of in time; how many. A request that still waits for its station ends with that."""
    overdue = FirmwareUpdate.objects.filter(state__in=OPEN, deadline_at__lte=now())
    overdue = overdue.exclude(command__state=CommandState.QUEUED)
    return sum(_time_out(pk, station) for pk, station in overdue.values_list("pk", "station_id"))


@transaction.atomic
def _time_out(update_id: int, station_id: int) -> bool:
    locked_station(station_id)
    update = FirmwareUpdate.objects.select_related("campaign", "transfer").get(pk=update_id)
    if not update.is_open or update.deadline_at is None or update.deadline_at > now():
        return False
    update.note(StepKind.TIMED_OUT, at=now())
    _enter(update, UpdateState.UNKNOWN, problem=NOTHING_HEARD)
    return True
