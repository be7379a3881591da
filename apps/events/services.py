"""`emit` and `broadcast`, and what the dispatcher does with the outbox."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Min, Q

from apps.core.clock import now
from apps.events.adapters.live import publish_changes, publish_group
from apps.events.messages import Backlog
from apps.events.models import OutboxRow
from apps.tenants.scope import PUBLIC, current_schema, schema_scope

CHANNEL = "outbox"
RESEND_AFTER = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=1)
KEEP_DONE = timedelta(days=7)
ERROR_LENGTH = 2000
Send = Callable[[str, dict[str, Any]], None]


def event_name(event: object) -> str:
    """`apps.charging.messages.TransactionEnded` is called `charging.TransactionEnded`."""
    return f"{type(event).__module__.removeprefix('apps.').split('.')[0]}.{type(event).__name__}"


def emit(event: Any, *, after: timedelta | None = None) -> None:
    """Tell every subscriber, durably. Only inside a transaction: the news and its cause commit together.

    With `after` it is told only then, within the dispatcher's five seconds.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{event_name(event)} was emitted outside a transaction.")
    tasks = settings.WIRING.SUBSCRIBERS.get(event_name(event), ())
    rows = OutboxRow.objects.bulk_create(
        OutboxRow(schema=current_schema(), event=event_name(event), task=task, payload=asdict(event)) for task in tasks
    )
    if rows and after:
        OutboxRow.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now() + after)
    elif rows:
        _wake_dispatcher()


def broadcast(topic: str, *, id: int | str) -> None:
    """Tell open pages of this tenant that something changed, once the transaction has committed. May be lost."""
    transaction.on_commit(partial(publish_group, live_group(current_schema()), {"topic": topic, "id": id}))


def broadcast_changes(topic: str, ids: Mapping[str, Iterable[int]]) -> None:
    """Tell open pages of several tenants (ids by schema) at once what has changed and is committed. May be lost."""
    publish_changes(topic, {live_group(schema): changed for schema, changed in ids.items()})


def live_group(schema: str) -> str:
    """The channel group that a tenant's open pages listen to."""
    return f"live.{schema}"


def _wake_dispatcher() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


@transaction.atomic
def send_due(send: Send, *, limit: int = 200) -> int:
    """Hand due rows to Celery; they come due again, later each time, until their task marks them done."""
    due = OutboxRow.objects.filter(done_at=None, due_at__lte=now()).order_by("pk")
    rows = list(due.select_for_update(skip_locked=True)[:limit])
    for row in rows:
        send(row.task, {**row.payload, "schema": row.schema, "outbox_id": row.pk})
        _mark_sent(row)
    return len(rows)


def _mark_sent(row: OutboxRow) -> None:
    row.attempts += 1
    row.sent_at = now()
    row.due_at = row.sent_at + min(RESEND_AFTER * 2 ** min(row.attempts - 1, 10), LONGEST_WAIT)
    row.save(update_fields=["attempts", "sent_at", "due_at"])


def mark_done(outbox_id: int) -> None:
    """The subscriber's task has done its work; a second call changes nothing."""
    with schema_scope(PUBLIC):
        OutboxRow.objects.filter(pk=outbox_id, done_at=None).update(done_at=now(), error="")


def mark_failed(outbox_id: int, error: str) -> None:
    """Keep what went wrong beside the row, for people to see; it will be sent again."""
    with schema_scope(PUBLIC):
        OutboxRow.objects.filter(pk=outbox_id, done_at=None).update(error=error[:ERROR_LENGTH])


def resend_at_once() -> int:
    """Make every open row due now, after an operator has repaired what kept it from being done."""
    return OutboxRow.objects.filter(done_at=None, attempts__gt=0).update(due_at=F("created_at"))


def backlog() -> Backlog:
    """How much waits, how much of it has failed, and for how long the oldest waits. What is told later does not."""
    waiting = OutboxRow.objects.filter(Q(attempts__gt=0) | Q(due_at__lte=now()), done_at=None)
    sums = waiting.aggregate(open=Count("pk"), failing=Count("pk", filter=~Q(error="")), oldest=Min("created_at"))
    oldest_s = (now() - sums["oldest"]).total_seconds() if sums["oldest"] else 0.0
    return Backlog(open=sums["open"], failing=sums["failing"], oldest_s=oldest_s)


def forget_tenant(schema: str, tenant_id: int) -> None:
    """A deleted tenant's news concern nobody any more."""
    OutboxRow.objects.filter(schema=schema).delete()


def forget_done() -> int:
    """Delete rows that were done more than a week ago; how many."""
    deleted, _by_model = OutboxRow.objects.filter(done_at__lt=now() - KEEP_DONE).delete()
    return deleted
