"""Tenants, stations and open charges to load: made once in a database, charges anew for each run."""

import uuid
from datetime import timedelta

from django.db import connection

from apps.accounts.services.digests import keyed_digest
from apps.charging.models import Transaction, TransactionState
from apps.core.clock import now
from apps.stations.messages import ChargingState, ConnectorStatus
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services.credentials import PURPOSE
from apps.telemetry.services.partitions import make_partitions
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import create_tenant
from benchmarks.players import Facts

PASSWORD = "bench-0123456789abcdef0123456789abcdef"  # noqa: S105
EMPTIED = "TRUNCATE telemetry.meter_value, telemetry.frame, telemetry.charge_live, telemetry.station_live"
PREFIX = "bench-"
MIXED = ("1.6", "2.0.1")


def make_fleet(*, tenants: int, stations: int, version: str, ports: list[int]) -> list[Facts]:
    """Stations spread evenly over tenants, each in the middle of a charge; `version` may be "mixed"."""
    if Tenant.objects.exclude(slug__startswith=PREFIX).exists():
        raise SystemExit("This database holds somebody's tenants; a bench needs one whose rows it may throw away.")
    make_partitions()
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
    fleet: list[Facts] = []
    for number in range(tenants):
        tenant, _created = create_tenant(f"{PREFIX}{number:03d}", name=f"Bench {number}")
        wanted = stations // tenants + (number < stations % tenants)
        with schema_scope(tenant.schema_name):
            fleet += _open_charges(tenant, _stations(wanted), version, ports)
    return fleet


def _stations(wanted: int) -> list[ChargingStation]:
    have = ChargingStation.objects.count()
    if have < wanted:
        _add_stations(range(have, wanted))
    return list(ChargingStation.objects.order_by("pk")[:wanted].prefetch_related("evses"))


def _add_stations(numbers: range) -> None:
    location, _created = Location.objects.get_or_create(
        name="Bench", defaults={"address": "Ringstr. 1", "postal_code": "10115", "city": "Berlin"}
    )
    digest = keyed_digest(PASSWORD.encode(), purpose=PURPOSE)
    stations = ChargingStation.objects.bulk_create(
        ChargingStation(identity=f"B-{number:05d}", location=location, password_digest=digest) for number in numbers
    )
    evses = EVSE.objects.bulk_create(EVSE(station=station, number=1) for station in stations)
    Connector.objects.bulk_create(
        Connector(evse=evse, number=1, status=ConnectorStatus.OCCUPIED, raw_status="Charging", status_at=now())
        for evse in evses
    )


def _open_charges(tenant: Tenant, stations: list[ChargingStation], version: str, ports: list[int]) -> list[Facts]:
    """Charges of earlier runs end, so that no number of an event comes twice."""
    Transaction.objects.filter(ended_at=None).update(ended_at=now(), ended_received_at=now())
    began = now() - timedelta(hours=12)
    charges = Transaction.objects.bulk_create(
        Transaction(
            station=station, evse=station.evses.all()[0], connector_number=1, ocpp_id=(key := str(uuid.uuid4())),
            start_key=key, started_at=began, started_received_at=began, number_was_used=True, meter_start_wh=0,
            charging_state=ChargingState.CHARGING, token_value="BENCH", token_status="Accepted",  # noqa: S106
        )
        for station in stations
    )  # fmt: skip
    TransactionState.objects.bulk_create(
        TransactionState(transaction=charge, at=began, state=ChargingState.CHARGING) for charge in charges
    )
    facts = [_facts(tenant, charge, number, version, ports) for number, charge in enumerate(charges)]
    _name_as_16_does([charge.pk for charge, one in zip(charges, facts, strict=True) if one.version == "1.6"])
    return facts


def _facts(tenant: Tenant, charge: Transaction, number: int, version: str, ports: list[int]) -> Facts:
    chosen = MIXED[number % len(MIXED)] if version == "mixed" else version
    name = str(charge.pk) if chosen == "1.6" else charge.ocpp_id
    return Facts(tenant.slug, charge.station.identity, chosen, name, ports[number % len(ports)])


def _name_as_16_does(numbers: list[int]) -> None:
    """In 1.6 a charge is called by the number that we gave it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE charging_transaction SET ocpp_id = id::text WHERE id = ANY(%s)", [numbers])


def readings_stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry.meter_value")
        return int(cursor.fetchone()[0])
