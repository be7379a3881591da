"""A station really fetches its firmware, tells every step, and comes back as another version."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import Version
from tests.simulator.authority import certificate, pem
from tests.simulator.conftest import START, Start, World
from tests.simulator.depot import Depot, open_depot

BOTH = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
FILE = b"firmware" * 20_000
PATH = "/files/secret/voltbach-4.12.0-r1.bin"


@pytest.fixture
def depot() -> Iterator[Depot]:
    with open_depot() as opened:
        opened.files[PATH] = FILE
        yield opened


def told(world: World, action: str = "FirmwareStatusNotification") -> list[str]:
    return [news["status"] for news in world.csms.of(action)]


def boots(world: World) -> list[str]:
    """The versions of the firmware, boot by boot."""
    found = world.csms.of("BootNotification")
    return [boot.get("firmwareVersion") or boot["chargingStation"]["firmwareVersion"] for boot in found]


async def update_16(world: World, location: str, **more: Any) -> None:
    answer = await world.order("UpdateFirmware", location=location, retrieveDate=START.isoformat(), **more)
    assert answer == {}


async def update(world: World, location: str, **more: Any) -> str:
    firmware = {"location": location, "retrieveDateTime": START.isoformat()} | more
    action = "SignedUpdateFirmware" if world.csms.version == "1.6" else "UpdateFirmware"
    return str((await world.order(action, requestId=5, firmware=firmware))["status"])


def signed(data: bytes = FILE) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = b64encode(key.sign(data, ec.ECDSA(hashes.SHA256()))).decode()
    return {"signingCertificate": pem(certificate(key)), "signature": signature}


async def test_a_1_6_station_fetches_installs_and_boots_with_the_new_version(start: Start, depot: Depot) -> None:
    world = await start("1.6")

    await update_16(world, depot.address + PATH)
    await world.while_waiting(lambda: told(world)[-1:] == ["Installed"])

    assert depot.asked == [PATH]
    assert told(world) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert boots(world) == ["1.0.0", "4.12.0-r1"]
    (event,) = world.csms.of("SecurityEventNotification")
    assert (event["type"], event["techInfo"]) == ("FirmwareUpdated", "4.12.0-r1")


@BOTH
async def test_a_2_x_station_tells_the_request_and_why_it_boots(start: Start, depot: Depot, version: Version) -> None:
    world = await start(version)

    assert await update(world, depot.address + PATH) == "Accepted"
    await world.while_waiting(lambda: told(world)[-1:] == ["Installed"])

    assert told(world) == ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed"]
    assert {news["requestId"] for news in world.csms.of("FirmwareStatusNotification")} == {5}
    assert boots(world) == ["1.0.0", "4.12.0-r1"]
    assert world.csms.of("BootNotification")[-1]["reason"] == "FirmwareUpdate"
    wanted = [{"component": {"name": "Controller"}, "variable": {"name": "FirmwareVersion"}}]
    read = await world.order("GetVariables", getVariableData=wanted)
    assert read["getVariableResult"][0]["attributeValue"] == "4.12.0-r1"


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_signed_firmware_is_installed_once_its_signature_is_right(
    start: Start, depot: Depot, version: Version
) -> None:
    action = "SignedFirmwareStatusNotification" if version == "1.6" else "FirmwareStatusNotification"
    world = await start(version)

    assert await update(world, depot.address + PATH, **signed()) == "Accepted"
    await world.while_waiting(lambda: told(world, action)[-1:] == ["Installed"])

    assert told(world, action) == [
        "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed",
    ]  # fmt: skip


async def test_firmware_with_another_signature_is_not_installed(start: Start, depot: Depot) -> None:
    world = await start("1.6")

    await update(world, depot.address + PATH, **signed(b"something else"))
    await world.while_waiting(lambda: world.csms.of("SecurityEventNotification"))
    await world.pass_time(60)

    assert told(world, "SignedFirmwareStatusNotification") == ["Downloading", "Downloaded", "InvalidSignature"]
    assert world.csms.of("SecurityEventNotification")[0]["type"] == "InvalidFirmwareSignature"
    assert boots(world) == ["1.0.0"]


async def test_a_signing_certificate_that_is_none_is_refused_at_once(start: Start, depot: Depot) -> None:
    world = await start("1.6")

    status = await update(world, depot.address + PATH, signingCertificate="no", signature="no")
    await world.pass_time(10)

    assert status == "InvalidCertificate"
    assert world.csms.of("SecurityEventNotification")[0]["type"] == "InvalidFirmwareSigningCertificate"
    assert depot.asked == []


@pytest.mark.parametrize("address", ["/files/gone.bin", "/gone/ü.bin", "ftp://example.invalid/x.bin"])
async def test_what_cannot_be_fetched_fails_after_the_retries(start: Start, depot: Depot, address: str) -> None:
    world = await start("1.6")

    address = address if "://" in address else depot.address + address
    await update_16(world, address, retries=1, retryInterval=30)
    await world.while_waiting(lambda: told(world)[-1:] == ["DownloadFailed"])

    assert told(world) == ["Downloading", "Downloading", "DownloadFailed"]


async def test_the_installation_fails_when_a_key_wants_it(start: Start, depot: Depot) -> None:
    world = await start("1.6")
    await world.order("ChangeConfiguration", key="SimulatorInstallFails", value="true")

    await update_16(world, depot.address + PATH)
    await world.while_waiting(lambda: told(world)[-1:] == ["InstallationFailed"])
    await world.pass_time(60)

    assert boots(world) == ["1.0.0"]
    assert told(world)[-2:] == ["Installing", "InstallationFailed"]
    assert world.station.state(1) is Status.AVAILABLE


async def test_the_installation_waits_for_its_time_and_for_the_charge_to_end(start: Start, depot: Depot) -> None:
    world = await start("2.0.1")
    world.station.plug_in(1, Car(battery_wh=1_000_000))
    await world.present(1, "AAAA")
    later = (START + timedelta(minutes=10)).isoformat()

    await update(world, depot.address + PATH, installDateTime=later)
    await world.while_waiting(lambda: told(world)[-1:] == ["InstallScheduled"])
    await world.pass_time(900)
    assert told(world) == ["Downloading", "Downloaded", "InstallScheduled"]
    assert (world.station.state(1), world.station.state(2)) == (Status.CHARGING, Status.UNAVAILABLE)

    await world.present(1, "AAAA")
    await world.pass_time(60)
    assert told(world)[-3:] == ["Installing", "InstallRebooting", "Installed"]
    assert world.station.state(2) is Status.AVAILABLE


async def test_a_newer_update_replaces_one_that_waits(start: Start, depot: Depot) -> None:
    world = await start("2.1")
    tomorrow = (START + timedelta(days=1)).isoformat()
    assert await update(world, depot.address + "/old.bin", retrieveDateTime=tomorrow) == "Accepted"
    await world.clock.settle()
    assert told(world) == ["DownloadScheduled"]

    assert await update(world, depot.address + PATH) == "AcceptedCanceled"
    await world.while_waiting(lambda: told(world)[-1:] == ["Installed"])

    assert depot.asked == [PATH]


async def test_the_status_of_the_moment_is_told_when_triggered(start: Start, depot: Depot) -> None:
    world = await start("1.6")
    later = (START + timedelta(minutes=10)).isoformat()
    await update(world, depot.address + PATH, retrieveDateTime=later, **signed())
    await world.clock.settle()

    for action in ("TriggerMessage", "ExtendedTriggerMessage"):
        answer = await world.order(action, requestedMessage="FirmwareStatusNotification")
        assert answer["status"] == "Accepted"

    assert told(world) == ["Idle"]
    assert told(world, "SignedFirmwareStatusNotification") == ["DownloadScheduled", "DownloadScheduled"]
