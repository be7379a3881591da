"""Logs of stations: asked for, followed, and kept as they were sent."""

from datetime import timedelta
from typing import IO

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.services import audit
from apps.accounts.services.saving import check
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.text import shortened
from apps.events.services import broadcast
from apps.stations.messages import Caller, GetLog, LogStatus, LogStatusNotification, LogType
from apps.stations.models import CommandState, LogRequest, ReceivedFile, StationCommand, Transfer
from apps.stations.rules.logs import OPEN, LogState, state_after
from apps.stations.services import blobs
from apps.stations.services.commands import queue_command
from apps.stations.services.library import safe_name
from apps.stations.services.rows import locked_station
from apps.stations.services.transfers import (
    check_address,
    check_times,
    close_transfer,
    count_moved,
    offer_upload,
    without_password,
)

WAITS_FOR = timedelta(hours=1)  # until the station connects
LASTS = timedelta(hours=24)
MOST_FILES = 20
NAME_LENGTH = 255

# Stored as they are written here (services/wording.py).
NOT_REACHED = gettext_noop("The station was not connected in time.")
REFUSED = gettext_noop("The station refused to send its log.")
NOTHING_THERE = gettext_noop("The station has no such log to send.")
NOTHING_CAME = gettext_noop("Neither a file nor news of it came in time.")
PROBLEMS = {
    LogStatus.UPLOAD_FAILURE: gettext_noop("The station could not upload the file."),
    LogStatus.BAD_MESSAGE: gettext_noop("The upload failed: a message was malformed."),
    LogStatus.PERMISSION_DENIED: gettext_noop("The upload failed: the address refused it."),
    LogStatus.NOT_SUPPORTED_OPERATION: gettext_noop("The upload failed: the address does not take uploads."),
    LogStatus.ACCEPTED_CANCELED: gettext_noop("A newer request took its place."),
}


@transaction.atomic
def request_log(
    request: LogRequest, *, by: str, retries: int | None = None, retry_interval_s: int | None = None
) -> LogRequest:
    """Ask a station for a log, to be brought to us or to the request's `address`; raises UnableTo."""
    check_times(oldest_at=request.oldest_at, latest_at=request.latest_at)
    station, at = locked_station(request.station_id), now()
    request.by, request.deadline_at, location = by, at + WAITS_FOR + LASTS, request.address
    request.request_id = station.next_request_id()
    if location:
        request.address = without_password(check_address(location))
    else:
        request.transfer, location = offer_upload(station, until=request.deadline_at)
    check(request)
    message = GetLog(
        request_id=request.request_id,
        log_type=LogType(request.log_type),
        location=location,
        oldest_at=request.oldest_at,
        latest_at=request.latest_at,
        retries=retries,
        retry_interval_s=retry_interval_s,
    )
    request.command = queue_command(station, message, by=by, expires_in_s=int(WAITS_FOR.total_seconds()))
    request.save(force_insert=True)
    audit.record(by, "stations.log.requested", audit.target_of(station), log=request.log_type)
    broadcast("firmware", id=station.pk)
    return request


@transaction.atomic
def take_log_status(caller: Caller, news: LogStatusNotification) -> None:
    """Follow an upload: the one with this number, or where a station tells none the newest that is open."""
    locked_station(caller.station_id)
    request = _meant(caller.station_id, news.request_id)
    if request is None:
        return
    request.status, request.status_at = shortened(news.raw_status, 50), caller.received_at
    request.save(update_fields=["status", "status_at"])
    after = state_after(LogState(request.state), news.status)
    if after != request.state:
        _enter(request, after, problem=PROBLEMS.get(news.status, "") if news.status else "")
    broadcast("firmware", id=caller.station_id)


def _meant(station_id: int, request_id: int | None) -> LogRequest | None:
    requests = LogRequest.objects.filter(station=station_id)
    if request_id is not None and request_id > 0:
        return requests.filter(request_id=request_id).first()
    return requests.filter(state__in=OPEN).first()


def _enter(request: LogRequest, state: LogState, *, problem: str = "") -> None:
    request.state, request.problem = state, problem
    request.save(update_fields=["state", "problem", "file_name"])
    if state is LogState.CANCELLED:
        close_transfer(request.transfer)
    broadcast("firmware", id=request.station_id)


@transaction.atomic
def note_answer(command: StationCommand) -> None:
    """What became of the request itself; nothing when the station has gone on already, or at a second call."""
    if not LogRequest.objects.filter(command=command).exists():
        return
    locked_station(command.station_id)
    request = LogRequest.objects.get(command=command)
    if request.state != LogState.ASKED or command.state in (CommandState.TIMED_OUT, *_UNANSWERED):
        return
    if command.state != CommandState.ACCEPTED:
        expired = command.state == CommandState.EXPIRED
        _enter(request, LogState.FAILED, problem=NOT_REACHED if expired else command.error or REFUSED)
        return
    request.file_name = shortened(command.result if isinstance(command.result, str) else "", NAME_LENGTH)
    # S16 §5.9: no file name means that there is nothing to upload; with GetLog it is optional.
    if command.action == "GetDiagnostics" and not request.file_name:
        _enter(request, LogState.FAILED, problem=NOTHING_THERE)
        return
    _enter(request, LogState.ACCEPTED)
    if command.status == LogStatus.ACCEPTED_CANCELED:
        _supersede(request)


_UNANSWERED = (CommandState.QUEUED, CommandState.SENT)


def _supersede(request: LogRequest) -> None:
    """The station has given up an earlier upload for this one (2.1 N01.FR.12)."""
    earlier = LogRequest.objects.filter(station=request.station_id, state__in=OPEN, pk__lt=request.pk)
    for given_up in earlier:
        _enter(given_up, LogState.CANCELLED, problem=PROBLEMS[LogStatus.ACCEPTED_CANCELED])


def receive_file(transfer_id: int, file: IO[bytes], *, name: str) -> ReceivedFile:
    """Keep what a station has sent under one of our addresses; raises UnableTo when it is too much.

    The same bytes once more, after a station has lost our answer, are kept once.
    """
    measured = blobs.measure(file)
    _refuse_excess(transfer_id, measured)
    blobs.keep(file, measured)
    transfer = Transfer.objects.get(pk=transfer_id)
    with transaction.atomic():
        locked_station(transfer.station_id)
        _refuse_excess(transfer_id, measured)
        count_moved(transfer_id, moved=measured.size)
        kept, _created = ReceivedFile.objects.get_or_create(
            transfer=transfer, sha256=measured.sha256, size=measured.size,
            defaults={"name": safe_name(name, length=NAME_LENGTH)},
        )  # fmt: skip
        request = LogRequest.objects.filter(transfer=transfer).first()
        if request and request.state != LogState.UPLOADED:
            _enter(request, LogState.UPLOADED)
        broadcast("firmware", id=transfer.station_id)
    return kept


def _refuse_excess(transfer_id: int, measured: blobs.Measured) -> None:
    transfer = Transfer.objects.get(pk=transfer_id)
    others = transfer.files.exclude(sha256=measured.sha256)
    so_far = others.aggregate(bytes=Sum("size"))["bytes"] or 0
    if transfer.expires_at <= now() or others.count() >= MOST_FILES or so_far + measured.size > transfer.size:
        raise UnableTo(_("No further file is taken here."))


def time_out_logs() -> int:
    """Give up what neither a file nor news came of; how many."""
    overdue = LogRequest.objects.filter(state__in=OPEN, deadline_at__lte=now())
    return sum(_time_out(pk, station) for pk, station in overdue.values_list("pk", "station_id"))


@transaction.atomic
def _time_out(request_id: int, station_id: int) -> bool:
    locked_station(station_id)
    request = LogRequest.objects.get(pk=request_id)
    if request.state not in OPEN:
        return False
    _enter(request, LogState.UNKNOWN, problem=NOTHING_CAME)
    return True
