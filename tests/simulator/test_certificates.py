"""A station keeps roots, and has its own key signed."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.simulator.makes import VERSIONS, Version
from tests.simulator.authority import certificate, pem
from tests.simulator.conftest import Start, World

every_version = pytest.mark.parametrize("version", VERSIONS)
KEY = ec.generate_private_key(ec.SECP256R1())


def root(version: Version) -> str:
    return "CentralSystemRootCertificate" if version == "1.6" else "CSMSRootCertificate"


async def installed(world: World, version: Version) -> list[dict[str, Any]]:
    """The hash data of what is installed."""
    wanted = root(version)
    answer = await world.order("GetInstalledCertificateIds", certificateType=wanted if version == "1.6" else [wanted])
    if answer["status"] == "NotFound":
        return []
    if version == "1.6":
        return list(answer["certificateHashData"])
    return [chain["certificateHashData"] for chain in answer["certificateHashDataChain"]]


async def trigger(world: World, version: Version) -> x509.CertificateSigningRequest:
    """The request for a certificate that follows when it is asked for."""
    if version == "1.6":
        answer = await world.order("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    else:
        answer = await world.order("TriggerMessage", requestedMessage="SignChargingStationCertificate")
    assert answer["status"] == "Accepted"
    return x509.load_pem_x509_csr(world.csms.of("SignCertificate")[-1]["csr"].encode())


@every_version
async def test_a_root_is_installed_listed_and_deleted(start: Start, version: Version) -> None:
    world = await start(version, answers={"SignCertificate": {"status": "Accepted"}})
    assert await installed(world, version) == []
    found = certificate(KEY)

    for _ in range(2):
        answer = await world.order("InstallCertificate", certificateType=root(version), certificate=pem(found))
        assert answer["status"] == "Accepted"
    (named,) = await installed(world, version)

    assert int(named["serialNumber"], 16) == found.serial_number
    shouted = named | {"issuerKeyHash": named["issuerKeyHash"].upper()}
    for status in ("Accepted", "NotFound"):
        assert (await world.order("DeleteCertificate", certificateHashData=shouted))["status"] == status
    assert await installed(world, version) == []


@pytest.mark.parametrize("text", ["nonsense", pem(certificate(KEY, days=-1))])
async def test_what_is_no_valid_certificate_is_not_installed(start: Start, text: str) -> None:
    world = await start("1.6")

    answer = await world.order("InstallCertificate", certificateType="ManufacturerRootCertificate", certificate=text)

    assert answer["status"] == "Rejected"


@every_version
async def test_a_station_has_its_key_signed(start: Start, version: Version) -> None:
    world = await start(version, answers={"SignCertificate": {"status": "Accepted"}})

    request = await trigger(world, version)

    assert request.is_signature_valid
    assert request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "SIM1"
    leaf = certificate(KEY, public_key=request.public_key(), name="SIM1")
    chain = pem(leaf) + pem(certificate(KEY))
    assert (await world.order("CertificateSigned", certificateChain=chain))["status"] == "Accepted"
    assert world.csms.of("SecurityEventNotification") == []


@every_version
async def test_a_certificate_of_another_key_is_refused_and_told(start: Start, version: Version) -> None:
    world = await start(version, answers={"SignCertificate": {"status": "Accepted"}})
    await trigger(world, version)

    answer = await world.order("CertificateSigned", certificateChain=pem(certificate(KEY)))

    assert answer["status"] == "Rejected"
    (event,) = world.csms.of("SecurityEventNotification")
    assert event["type"].startswith("InvalidCharg")


async def test_the_key_of_the_name_of_the_operator_gets_into_the_request(start: Start) -> None:
    world = await start("1.6", answers={"SignCertificate": {"status": "Accepted"}})
    await world.order("ChangeConfiguration", key="CpoName", value="Ampere Works")

    request = await trigger(world, "1.6")

    assert request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Ampere Works"


@pytest.mark.parametrize(
    ("wanted", "action"),
    [
        ("BootNotification", "BootNotification"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("StatusNotification", "StatusNotification"),
    ],
)
async def test_every_extended_trigger_is_followed_by_its_message(start: Start, wanted: str, action: str) -> None:
    world = await start("1.6")
    before = len(world.csms.of(action))

    answer = await world.order("ExtendedTriggerMessage", requestedMessage=wanted, connectorId=1)

    assert answer["status"] == "Accepted"
    assert len(world.csms.of(action)) - before == 1


@every_version
async def test_prices_for_drivers_are_shown_and_other_vendors_are_not_known(start: Start, version: Version) -> None:
    world = await start(version)
    prices = "org.openchargealliance.costmsg"

    statuses = [
        (await world.order("DataTransfer", vendorId=vendor, messageId=message, data="{}"))["status"]
        for vendor, message in ((prices, "FinalCost"), (prices, "Poem"), ("org.example", "FinalCost"))
    ]

    assert statuses == ["Accepted", "UnknownMessageId", "UnknownVendorId"]
    assert '"event": "display", "message": "FinalCost"' in world.station.log.text()
