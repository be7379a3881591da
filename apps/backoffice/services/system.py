"""How the whole house does, for platform staff: gateways, the outbox, and tenants with messages nobody looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql

from apps.accounts.services import audit
from apps.events.messages import Backlog
from apps.events.models import OutboxRow
from apps.events.services import backlog, resend_at_once
from apps.telemetry.messages import GatewayLoad
from apps.telemetry.services.overview import gateway_loads
from apps.tenants.models import Tenant

MOST_FAILURES = 50
# Counted in all schemas by one statement; what is refused interests for a day.
TROUBLE = """
SELECT {slug}, (SELECT count(*) FROM {quarantined} WHERE settled_at IS NULL),
    (SELECT coalesce(sum(count), 0) FROM {refused} WHERE last_at > now() - interval '1 day')
"""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A tenant's messages set aside that nobody has settled, and attempts of refused connections seen lately."""

    slug: str
    quarantined: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class SystemState:
    gateways: Sequence[GatewayLoad]
    backlog: Backlog
    failures: Sequence[OutboxRow]
    troubles: Sequence[Trouble]


def system_state() -> SystemState:
    failures = OutboxRow.objects.filter(done_at=None).exclude(error="").order_by("-sent_at")
    return SystemState(
        gateways=gateway_loads(), backlog=backlog(), failures=list(failures[:MOST_FAILURES]), troubles=_troubles()
    )


def _troubles() -> list[Trouble]:
    tenants = Tenant.objects.filter(is_active=True).order_by("slug").values_list("slug", "schema_name")
    parts = [
        sql.SQL(TROUBLE).format(
            slug=sql.Literal(slug),
            quarantined=sql.Identifier(schema, "stations_quarantinedmessage"),
            refused=sql.Identifier(schema, "stations_refusedconnection"),
        )
        for slug, schema in tenants
    ]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        found = [Trouble(slug=slug, quarantined=kept, refused=int(refused)) for slug, kept, refused in cursor]
    return [trouble for trouble in found if trouble.quarantined or trouble.refused]


@transaction.atomic
def send_again(*, by: str) -> int:
    """Make everything due now that was sent and not done; how many rows."""
    rows = resend_at_once()
    audit.record(by, "events.outboxrow.sent_again", rows=rows)
    return rows
