"""What the forge's children do: the roles as `manage.py` runs them, and work of ours on the stage's own database."""

import json
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

import apps.ocpp.asgi
import apps.ocpp.management.commands.gateway  # noqa: F401  # both loaded before the fork
from apps.billing.models import Cdr
from apps.charging.models import OrphanStop, Transaction
from apps.core.clock import now
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken
from apps.events.models import OutboxRow
from apps.events.services import resend_at_once
from apps.stations.models import EVSE, ChargingStation, Connector, Location, QuarantinedMessage
from apps.stations.services.credentials import set_password
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from apps.telemetry.models import Frame, MeterValue
from apps.telemetry.services.partitions import make_partitions
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import create_tenant
from config.celery import app as celery
from tests.faults import failpoints
from tests.faults.names import CARD, PASSWORD, TENANT

PRICES = Prices(
    currency="EUR",
    vat_percent=Decimal("19.00"),
    price_per_kwh=Decimal("0.59"),
    price_per_minute=Decimal("0.03"),
    price_per_session=Decimal("0.35"),
    idle_per_minute=Decimal("0.10"),
    idle_grace_s=10,
)
CATCH_UP_WITHIN_S = 120.0

celery.loader.import_default_modules()


def gateway(port: int, failpoint: dict[str, str] | None = None) -> None:
    if failpoint:
        failpoints.arm(**failpoint)
    call_command("gateway", port=port)


def lying_gateway(port: int) -> None:
    failpoints.lie()
    call_command("gateway", port=port)


def worker() -> None:
    celery.worker_main(["worker", "--pool", "threads", "--concurrency", "2", "-l", "WARNING", "--without-mingle"])


def dispatcher() -> None:
    call_command("dispatcher")


def provision(stations: list[str]) -> None:
    """An empty database becomes one tenant with these stations, a driver's card and a tariff."""
    call_command("migrate", verbosity=0)
    make_partitions()
    tenant, _created = create_tenant(TENANT, name="Faults")
    with schema_scope(tenant.schema_name):
        depot = Location.objects.create(name="Depot", address="Ringstr. 1", postal_code="10115", city="Berlin")
        assign_tariff(save_tariff("Depot", PRICES, by="faults", valid_from=now().replace(year=2020)), by="faults",
                      location=depot)  # fmt: skip
        driver = Driver.objects.create(name="Erika Mustermann", city="Köln", country="DE")
        IdToken.objects.create(value=canonical_token(CARD), driver=driver)
        for identity in stations:
            station = ChargingStation.objects.create(identity=identity, location=depot)
            Connector.objects.create(evse=EVSE.objects.create(station=station, number=1), number=1)
            set_password(station, PASSWORD, by="faults")


def look(stations: list[str], answer: str, patience_s: float = CATCH_UP_WITHIN_S) -> None:
    """Write down what the database knows of these stations, once the worker has caught up."""
    tenant = Tenant.objects.get(slug=TENANT)
    with schema_scope(tenant.schema_name):
        left = _catch_up(stations, patience_s)
        found = {
            "charges": {one: list(_charges(one)) for one in stations},
            "unbilled": left,
            "orphans": OrphanStop.objects.filter(station__identity__in=stations).count(),
            "quarantined": QuarantinedMessage.objects.filter(station__identity__in=stations).count(),
        }
    Path(answer).write_text(json.dumps(found, default=str))
    connection.close()


def look_at_frames(station: str, answer: str) -> None:
    """The ids of messages of this station that the frame log knows as answered, and how many readings are stored."""
    tenant = Tenant.objects.get(slug=TENANT)
    with schema_scope(tenant.schema_name):
        pk = ChargingStation.objects.get(identity=station).pk
        own = Frame.objects.filter(station_id=pk)
        received = set(own.filter(incoming=True).values_list("message_id", flat=True))
        answered = set(own.filter(incoming=False, kind=3).values_list("message_id", flat=True))
        readings = MeterValue.objects.filter(station_id=pk).count()
    Path(answer).write_text(json.dumps({"answered": sorted(received & answered), "readings": readings}))


def _catch_up(stations: list[str], patience_s: float) -> int:
    """How many ended charges have no CDR, after the worker had its time. Lost tasks are sent again as people can."""
    deadline = time.monotonic() + patience_s
    ended = Transaction.objects.filter(station__identity__in=stations, ended_at__isnull=False, hold_reason="")
    while True:
        missing = ended.filter(cdr=None).count()
        if not missing or time.monotonic() > deadline:
            return missing
        if not OutboxRow.objects.filter(done_at=None, attempts=0).exists():
            resend_at_once()
        time.sleep(1.0)


def _charges(identity: str) -> Any:
    for charge in Transaction.objects.filter(station__identity=identity).order_by("started_at"):
        readings = MeterValue.objects.filter(transaction_id=charge.pk).order_by("at", "context")
        yield {
            "started_at": _stamp(charge.started_at),
            "ended": charge.ended_at is not None,
            "energy_wh": charge.energy_wh,
            "hold": charge.hold_reason,
            "readings": [
                [_stamp(at), context, wh] for at, context, wh in readings.values_list("at", "context", "energy_wh")
            ],
            "bills": [[str(cdr.net), str(cdr.vat), str(cdr.gross)] for cdr in Cdr.objects.filter(transaction=charge)],
        }


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
