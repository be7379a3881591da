"""A station keeps an EVSE for a card: it says so, lets nobody else charge there, and tells what became of it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import VERSIONS, Version
from tests.simulator.conftest import START, Start, World

every_version = pytest.mark.parametrize("version", VERSIONS)


async def reserve(
    world: World, version: Version, *, number: int = 7, evse: int = 1, token: str = "MINE", group: str | None = None
) -> str:
    """For ten minutes."""
    until = (START + timedelta(minutes=10)).isoformat()
    if version == "1.6":
        payload: dict[str, Any] = {"reservationId": number, "connectorId": evse, "expiryDate": until, "idTag": token}
        payload |= {"parentIdTag": group} if group else {}
    else:
        payload = {"id": number, "expiryDateTime": until, "idToken": {"idToken": token, "type": "ISO14443"}}
        payload |= {"evseId": evse} if evse else {}
        payload |= {"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}
    return str((await world.order("ReserveNow", **payload))["status"])


def told(world: World, version: Version) -> list[str]:
    """The statuses of the first EVSE, in the order told."""
    place, word = ("connectorId", "status") if version == "1.6" else ("evseId", "connectorStatus")
    return [news[word] for news in world.csms.of("StatusNotification") if news[place] == 1]


def begun(world: World, version: Version) -> list[int | None]:
    """The reservation that each charge named, once."""
    if version == "1.6":
        return [start.get("reservationId") for start in world.csms.of("StartTransaction")]
    numbers = {event["transactionInfo"]["transactionId"]: None for event in world.csms.events}
    for event in world.csms.events:
        if "reservationId" in event:
            numbers[event["transactionInfo"]["transactionId"]] = event["reservationId"]
    return list(numbers.values())


@every_version
async def test_a_reserved_evse_takes_its_card_and_no_other(start: Start, version: Version) -> None:
    world = await start(version)
    assert await reserve(world, version) == "Accepted"
    assert (world.station.state(1), told(world, version)[-1]) == (Status.RESERVED, "Reserved")
    world.station.plug_in(1, Car())

    assert await world.present(1, "OTHER") == "Reserved"
    await world.pass_time(2)
    assert begun(world, version) == []
    assert await world.present(1, "MINE") == "Accepted"
    await world.pass_time(2)

    assert begun(world, version) == [7]
    assert world.station.state(1) is Status.CHARGING


@every_version
async def test_a_card_of_the_same_group_may_use_it(start: Start, version: Version) -> None:
    key, group = ("idTagInfo", {"parentIdTag": "FLEET"}) if version == "1.6" else ("idTokenInfo", {
        "groupIdToken": {"idToken": "FLEET", "type": "Central"}
    })  # fmt: skip
    world = await start(version, answers={"Authorize": {key: {"status": "Accepted"} | group}})
    await reserve(world, version, group="FLEET")
    world.station.plug_in(1, Car())

    assert await world.present(1, "SIBLING") == "Accepted"
    await world.pass_time(2)

    assert begun(world, version) == [7]


@every_version
async def test_it_expires_and_is_told(start: Start, version: Version) -> None:
    world = await start(version)
    await reserve(world, version)
    await world.pass_time(599)
    assert world.station.state(1) is Status.RESERVED

    await world.pass_time(2)

    assert (world.station.state(1), told(world, version)[-1]) == (Status.AVAILABLE, "Available")
    expected = [] if version == "1.6" else [{"reservationId": 7, "reservationUpdateStatus": "Expired"}]
    assert world.csms.of("ReservationStatusUpdate") == expected


@every_version
async def test_a_fault_takes_it_away(start: Start, version: Version) -> None:
    world = await start(version)
    await reserve(world, version)
    world.station.fault(1, "GroundFailure")
    world.station.clear_fault(1)
    await world.pass_time(1)

    assert world.station.state(1) is Status.AVAILABLE
    expected = [] if version == "1.6" else [{"reservationId": 7, "reservationUpdateStatus": "Removed"}]
    assert world.csms.of("ReservationStatusUpdate") == expected


@every_version
async def test_it_is_cancelled_once(start: Start, version: Version) -> None:
    world = await start(version)
    await reserve(world, version)

    answers = [(await world.order("CancelReservation", reservationId=7))["status"] for _time in range(2)]

    assert answers == ["Accepted", "Rejected"]
    assert told(world, version)[-1] == "Available"
    assert world.csms.of("ReservationStatusUpdate") == [], "who has asked for it knows"


@every_version
async def test_what_can_t_be_kept_is_refused_with_the_reason(start: Start, version: Version) -> None:
    world = await start(version)
    assert await reserve(world, version, evse=0) == "Rejected"
    assert await reserve(world, version, evse=9) == "Rejected"
    world.station.plug_in(1, Car())
    assert await reserve(world, version) == "Occupied"
    world.station.unplug(1)
    world.station.fault(1, "GroundFailure")
    assert await reserve(world, version) == "Faulted"
    world.station.clear_fault(1)
    world.station.control.set_operative([world.station.control.evses[1]], False)
    assert await reserve(world, version) == "Unavailable"


@every_version
async def test_the_same_number_replaces_it_and_another_finds_it_occupied(start: Start, version: Version) -> None:
    world = await start(version)
    await reserve(world, version, number=7)

    assert await reserve(world, version, number=8) == "Occupied"
    assert await reserve(world, version, number=7, token="NEW") == "Accepted"
    assert await reserve(world, version, number=7, evse=2) == "Accepted"

    assert (world.station.state(1), world.station.state(2)) == (Status.AVAILABLE, Status.RESERVED)


@every_version
async def test_a_remote_start_for_somebody_else_is_rejected(start: Start, version: Version) -> None:
    world = await start(version)
    await reserve(world, version)

    def request(token: str) -> tuple[str, dict[str, Any]]:
        if version == "1.6":
            return "RemoteStartTransaction", {"idTag": token, "connectorId": 1}
        id_token = {"idToken": token, "type": "ISO14443"}
        return "RequestStartTransaction", {"idToken": id_token, "evseId": 1, "remoteStartId": 3}

    for token, expected in (("OTHER", "Rejected"), ("MINE", "Accepted")):
        action, payload = request(token)
        assert (await world.order(action, **payload))["status"] == expected
    world.station.plug_in(1, Car())
    await world.pass_time(2)

    assert begun(world, version) == [7]


async def test_a_reboot_forgets_it(start: Start) -> None:
    world = await start("1.6")
    await reserve(world, "1.6")

    await world.order("Reset", type="Hard")
    await world.pass_time(120)

    assert world.station.state(1) is Status.AVAILABLE
    assert (await world.order("CancelReservation", reservationId=7))["status"] == "Rejected"
