"""A station really brings what it has noted to the address it is given."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from apps.simulator.makes import VERSIONS, Version
from tests.simulator.conftest import START, Start, World
from tests.simulator.depot import Depot, open_depot

every_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture
def depot() -> Iterator[Depot]:
    with open_depot() as opened:
        yield opened


def told(world: World, action: str = "LogStatusNotification") -> list[str]:
    return [news["status"] for news in world.csms.of(action)]


async def get_log(world: World, location: str, kind: str = "DiagnosticsLog", number: int = 3) -> dict[str, str]:
    return await world.order("GetLog", logType=kind, requestId=number, log={"remoteLocation": location})


async def test_diagnostics_arrive_under_the_name_that_was_told(start: Start, depot: Depot) -> None:
    world = await start("1.6")

    answer = await world.order("GetDiagnostics", location=f"{depot.address}/up")
    await world.while_waiting(lambda: told(world, "DiagnosticsStatusNotification")[-1:] == ["Uploaded"])

    assert told(world, "DiagnosticsStatusNotification") == ["Uploading", "Uploaded"]
    ((method, path, body),) = depot.brought
    assert (method, path) == ("PUT", f"/up/{answer['fileName']}")
    lines = [json.loads(line) for line in body.decode().splitlines()[1:]]
    assert [line["event"] for line in lines][:2] == ["connected", "boot"]


@every_version
async def test_a_log_is_brought_with_its_request_id(start: Start, depot: Depot, version: Version) -> None:
    world = await start(version)

    answer = await get_log(world, f"{depot.address}/up")
    await world.while_waiting(lambda: told(world)[-1:] == ["Uploaded"])

    assert answer["status"] == "Accepted"
    assert world.csms.of("LogStatusNotification") == [
        {"status": "Uploading", "requestId": 3},
        {"status": "Uploaded", "requestId": 3},
    ]
    assert depot.brought[0][1] == f"/up/{answer['filename']}"


async def test_where_put_is_not_wanted_a_form_is_posted_to_the_address_itself(start: Start, depot: Depot) -> None:
    depot.refuses = {"PUT"}
    world = await start("2.0.1")

    answer = await get_log(world, f"{depot.address}/up?key=1")
    await world.while_waiting(lambda: told(world)[-1:] == ["Uploaded"])

    ((method, path, body),) = depot.brought
    assert (method, path) == ("POST", "/up?key=1")
    assert f'filename="{answer["filename"]}"'.encode() in body
    assert b'"event": "boot"' in body


@pytest.mark.parametrize(
    ("action", "status", "word"),
    [("GetDiagnostics", "DiagnosticsStatusNotification", "UploadFailed"),
     ("GetLog", "LogStatusNotification", "UploadFailure")],
)  # fmt: skip
async def test_an_upload_that_nobody_takes_fails(
    start: Start, depot: Depot, action: str, status: str, word: str
) -> None:
    depot.refuses = {"PUT", "POST"}
    world = await start("1.6")

    if action == "GetLog":
        await get_log(world, depot.address)
    else:
        await world.order(action, location=depot.address, retries=1, retryInterval=20)
    await world.while_waiting(lambda: told(world, status)[-1:] == [word])

    assert told(world, status) == ["Uploading"] * (1 if action == "GetLog" else 2) + [word]


async def test_the_security_log_holds_security_events_and_nothing_else(start: Start, depot: Depot) -> None:
    world = await start("1.6")
    await world.order("CertificateSigned", certificateChain="nonsense")

    await get_log(world, depot.address, "SecurityLog")
    await world.while_waiting(lambda: told(world)[-1:] == ["Uploaded"])

    (line,) = depot.brought[0][2].decode().splitlines()[1:]
    assert json.loads(line)["type"] == "InvalidChargePointCertificate"


async def test_only_the_span_of_time_that_was_asked_for_is_brought(start: Start, depot: Depot) -> None:
    world = await start("2.1")
    await world.pass_time(100)
    world.station.fault(1, "GroundFailure")
    log = {"remoteLocation": depot.address, "oldestTimestamp": (START + timedelta(seconds=50)).isoformat()}

    await world.order("GetLog", logType="DiagnosticsLog", requestId=1, log=log)
    await world.while_waiting(lambda: depot.brought)

    events = [json.loads(line)["event"] for line in depot.brought[0][2].decode().splitlines()[1:]]
    assert events[0] == "fault"
    assert "boot" not in events


async def test_a_newer_log_takes_the_place_of_one_under_way(start: Start, depot: Depot) -> None:
    world = await start("2.0.1")
    await get_log(world, f"{depot.address}/one", number=1)
    await world.order("TriggerMessage", requestedMessage="LogStatusNotification")

    assert (await get_log(world, f"{depot.address}/two", number=2))["status"] == "AcceptedCanceled"
    await world.while_waiting(lambda: told(world)[-1:] == ["Uploaded"])

    assert [path.split("/")[1] for _, path, _ in depot.brought] == ["two"]
    numbered = [(news["status"], news.get("requestId")) for news in world.csms.of("LogStatusNotification")]
    assert numbered == [("Uploading", 1), ("Uploading", 1), ("Uploading", 2), ("Uploaded", 2)]
