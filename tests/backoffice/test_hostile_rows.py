"""Nothing that a station or a stranger says makes a page unrenderable, and none of it is ever markup."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from apps.core.clock import now
from apps.stations.models import (
    ChargingStation,
    Connector,
    QuarantinedMessage,
    RefusedConnection,
    StationCommand,
    StationEvent,
    Variable,
)
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.writing import store_charge_live, store_frames
from tests.backoffice.conftest import begin_charge

POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A//"
    "</stYle/</titLe/</teXtarEa/</scRipt/--!><sVg/oNloAd=alert()//>"
)
PAGES = (
    "/",
    "/stations/",
    "/stations/CS-1/",
    "/stations/CS-1/configuration/",
    "/stations/CS-1/frames/",
    "/stations/CS-1/commands/",
    "/stations/CS-1/connect/",
    "/charges/",
    "/charges/1/",
    "/refused/",
)
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
BEGIN_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)


def spoil(station: ChargingStation, text: str, at: datetime) -> str:
    """Put a text and an instant wherever a station can put one; the address of the charge's page."""
    ChargingStation.objects.update(
        name=text[:200], vendor=text[:255], model=text[:255], serial_number=text[:255], firmware_version=text[:255],
        boot_reason=text[:50], booted_at=at, error_code=text[:50], status="Faulted",
    )  # fmt: skip
    station.refresh_from_db()
    Connector.objects.update(
        status="Faulted", raw_status=text[:50], error_code=text[:50], info=text[:255], vendor_error_code=text[:255],
        status_at=at, kind=text[:40],
    )  # fmt: skip
    charge = begin_charge(
        station, ocpp_id=text[:64], token_value=text[:255], stopped_reason=text[:30], started_at=at, charging_state=""
    )
    charge.states.create(at=at, state="Charging")
    store_charge_live(charge.pk, at=now(), energy_wh=1e300, power_w=-1e30, soc_percent=4000.0)
    spoil_reports(station, text, at)
    return f"/charges/{charge.pk}/"


def spoil_reports(station: ChargingStation, text: str, at: datetime) -> None:
    Variable.objects.create(
        station=station, component=text[:50], name=text[:50], instance=text[:50], value=text, unit=text[:20],
        reported_at=at,
    )  # fmt: skip
    StationEvent.objects.create(
        station=station, event_id=1, at=at, trigger=text[:20], component=text[:50], variable=text[:50], value=text,
        tech_code=text[:255], tech_info=text,
    )  # fmt: skip
    StationCommand.objects.create(
        station=station, action=text[:50], payload={text: text}, answer=[text], status=text[:50], error=text,
        by=text[:254], expires_at=at,
    )  # fmt: skip
    QuarantinedMessage.objects.create(station=station, action=text[:50], payload=text, problem=text)
    RefusedConnection.objects.create(
        identity=text[:255], reason=text[:50], address=text[:64], subprotocols=text[:255], last_at=at
    )
    store_frames(
        [
            FrameRow(
                station_id=station.pk, at=now(), incoming=True, kind=kind, epoch=1, message_id=text, action=text,
                payload=text, note=text,
            )
            for kind in (2, 4, 99)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (POLYGLOT, now()),
        ("x" * 50_000, now()),
        ("\u202e\ufdfa\U0001f50c" * 2000, END_OF_TIME),
        ("{% debug %}{{ settings.SECRET_KEY }}%s%(x)s", BEGIN_OF_TIME),
    ],
    ids=["polyglot", "50 kB", "odd letters at the end of time", "template text at the begin of time"],
)
def test_every_page_bears_whatever_stations_say(
    browser: Client, station: ChargingStation, text: str, at: datetime
) -> None:
    charge = spoil(station, text, at)

    for address in (*PAGES, charge):
        answer = browser.get(address if address != "/charges/1/" else charge)

        assert answer.status_code == 200, address
        assert "<sVg" not in answer.content.decode(), address


def test_a_polyglot_in_an_attribute_stays_inside_it(browser: Client, station: ChargingStation) -> None:
    answer = browser.get("/", {"q": POLYGLOT})

    assert "<sVg" not in answer.content.decode()
    assert 'value="jaVasCript:/*-/*`/*\\`/*&#x27;/*&quot;' in answer.content.decode()


def test_rows_with_nothing_in_them_can_be_shown(browser: Client, station: ChargingStation) -> None:
    ChargingStation.objects.update(location=None, ocpp_version="")
    Connector.objects.update(status="", status_at=None)
    charge = begin_charge(
        station, evse=None, connector_number=None, meter_start_wh=None, token_value="", tariff=None, ocpp_id=""
    )
    Variable.objects.create(station=station, name="Empty", value=None, reported_at=now())

    for address in (*PAGES[:-2], f"/charges/{charge.pk}/", f"/charges/{charge.pk}/curve.json"):
        assert browser.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "query",
    [
        "page=99999999999999999999",
        "before=-5",
        "since=yesterday",
        "since=0001-01-01",
        "until=9999-12-31T23:59",
        "q=%00",
        "state=%F0%9F%94%8C",
    ],
)
@pytest.mark.parametrize(
    "address", ["/", "/stations/", "/charges/", "/invoices/", "/refused/", "/stations/CS-1/frames/"]
)
def test_an_address_that_makes_no_sense_shows_the_first_page(
    browser: Client, station: ChargingStation, address: str, query: str
) -> None:
    assert browser.get(f"{address}?{query}").status_code == 200
