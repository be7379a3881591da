"""The frame log: what was said between a station and us, each request beside its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from apps.backoffice.services.queries import number_of, text_of
from apps.stations.models import ChargingStation
from apps.telemetry.models import Frame

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
ANSWERS = (CALL_RESULT, CALL_ERROR)
PER_PAGE = 60
ANSWER_WITHIN = timedelta(minutes=10)
SHOWN_LENGTH = 4000
TRACE_MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class FrameFilter:
    """What of the log is shown; it stands in the address."""

    action: str = ""
    text: str = ""
    direction: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str], *, station: ChargingStation) -> "FrameFilter":
        """Lenient: what can't be understood is no filter. Times are local to the station."""
        return cls(
            action=text_of(query.get("action")),
            text=text_of(query.get("q")),
            direction=query.get("direction", "") if query.get("direction") in ("in", "out") else "",
            since=_instant(query.get("since", ""), station),
            until=_instant(query.get("until", ""), station),
            before=number_of(query.get("before")),
        )


def _instant(text: str, station: ChargingStation) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return make_aware(at, station.zone) if at and is_naive(at) else at


@dataclass(frozen=True)
class ShownFrame:
    """A frame with as much of its payload as a list can bear."""

    frame: Frame

    @property
    def is_error(self) -> bool:
        return self.frame.kind == CALL_ERROR

    @property
    def text(self) -> str:
        return self.frame.payload[:SHOWN_LENGTH]

    @property
    def size(self) -> int:
        return len(self.frame.payload)

    @property
    def is_cut(self) -> bool:
        return self.size > SHOWN_LENGTH


@dataclass
class Exchange:
    """A request with its answer; one of them may be missing."""

    call: ShownFrame | None = None
    answer: ShownFrame | None = None

    @cached_property
    def first(self) -> Frame:
        shown = self.call or self.answer
        assert shown is not None
        return shown.frame

    @property
    def took_s(self) -> float | None:
        if not (self.call and self.answer):
            return None
        return (self.answer.frame.at - self.call.frame.at).total_seconds()

    @property
    def summary(self) -> str:
        """What it is about in one line: the request, or the answer where there is none."""
        return self.halves[0].text

    @property
    def halves(self) -> list[ShownFrame]:
        return [shown for shown in (self.call, self.answer) if shown]

    @property
    def note(self) -> str:
        notes = [shown.frame.note for shown in (self.call, self.answer) if shown and shown.frame.note]
        return " · ".join(dict.fromkeys(notes))


@dataclass(frozen=True, kw_only=True)
class FramePage:
    exchanges: list[Exchange]
    older: int | None


def frame_page(station: ChargingStation, shown: FrameFilter, *, limit: int = PER_PAGE) -> FramePage:
    """The newest exchanges that the filter lets through; two queries."""
    found = list(_filtered(station, shown)[: limit + 1])
    matches = found[:limit]
    exchanges = _paired(matches + _partners(station, matches))
    return FramePage(exchanges=exchanges, older=matches[-1].pk if len(found) > limit else None)


def _filtered(station: ChargingStation, shown: FrameFilter) -> QuerySet[Frame, Frame]:
    frames = Frame.objects.filter(station_id=station.pk).order_by("-at", "-id")
    if shown.before:
        edge = Frame.objects.filter(station_id=station.pk, pk=shown.before)
        frames = frames.filter(Q(at__lt=edge.values("at")[:1]) | Q(at=edge.values("at")[:1], id__lt=shown.before))
    if shown.action:
        frames = frames.filter(action__icontains=shown.action)
    if shown.text:
        frames = frames.filter(
            Q(payload__icontains=shown.text) | Q(message_id=shown.text) | Q(note__icontains=shown.text)
        )
    return _in_time(frames, shown)


def _in_time(frames: QuerySet[Frame, Frame], shown: FrameFilter) -> QuerySet[Frame, Frame]:
    if shown.direction:
        # An exchange belongs to the side that began it.
        begun = Q(incoming=shown.direction == "in")
        frames = frames.filter(Q(begun, ~Q(kind__in=ANSWERS)) | Q(~begun, kind__in=ANSWERS))
    if shown.since:
        frames = frames.filter(at__gte=shown.since)
    if shown.until:
        frames = frames.filter(at__lte=shown.until)
    return frames


def _partners(station: ChargingStation, matches: list[Frame]) -> list[Frame]:
    """The other halves of the frames that were found."""
    ids = {frame.message_id for frame in matches if frame.message_id}
    if not ids:
        return []
    oldest, newest = matches[-1].at - ANSWER_WITHIN, matches[0].at + ANSWER_WITHIN
    known = {frame.pk for frame in matches}
    others = Frame.objects.filter(station_id=station.pk, message_id__in=ids, at__range=(oldest, newest))
    return list(others.exclude(pk__in=known)[: PER_PAGE * 4])


def _paired(frames: list[Frame]) -> list[Exchange]:
    """Newest exchange first. An answer belongs to the newest request before it with its id, from the other side."""
    exchanges: list[Exchange] = []
    waiting: dict[tuple[str, bool], Exchange] = {}
    for frame in sorted(frames, key=lambda frame: (frame.at, frame.pk)):
        if frame.kind in ANSWERS and frame.message_id:
            exchange = waiting.pop((frame.message_id, not frame.incoming), None)
            if exchange:
                exchange.answer = ShownFrame(frame)
            else:
                exchanges.append(Exchange(answer=ShownFrame(frame)))
        else:
            exchange = Exchange(call=ShownFrame(frame))
            exchanges.append(exchange)
            waiting[frame.message_id, frame.incoming] = exchange
    return sorted(exchanges, key=lambda exchange: (exchange.first.at, exchange.first.pk), reverse=True)


def frame_of(station: ChargingStation, frame_id: int) -> Frame | None:
    """One frame whole, of this station only."""
    return Frame.objects.filter(station_id=station.pk, pk=frame_id).first()


def trace_of(station: ChargingStation, *, begin: datetime, end: datetime | None) -> str:
    """The query of the log page around a charge, in the station's local time."""
    parts = {"since": _local(begin, -TRACE_MARGIN, station), "until": end and _local(end, TRACE_MARGIN, station)}
    return urlencode({name: value for name, value in parts.items() if value})


def _local(at: datetime, margin: timedelta, station: ChargingStation) -> str:
    """Without an end or a beginning where the calendar has none."""
    try:
        return f"{(at + margin).astimezone(station.zone):%Y-%m-%dT%H:%M:%S}"
    except OverflowError:
        return ""
