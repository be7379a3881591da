"""Certificates and security events of 2.x stations, over a real socket: the same services in other words."""

from collections.abc import Callable

import pytest

from apps.certificates.messages import CertificateUse
from apps.certificates.models import CertificateRequest, InstalledCertificate
from apps.certificates.rules.facts import hash_data_of
from apps.certificates.services import requests, signing, trust
from apps.stations.models import ChargingStation, SecurityEvent
from tests.certificates.making import Authority, pem, request
from tests.plugged import RawStation
from tests.stories.certifying import Json, Point, stamp, unlawful_frames

AUTHORITY = Authority.root("Depot Root")


@pytest.fixture(params=["2.0.1", "2.1"])
def point(request: pytest.FixtureRequest, plug: Callable[..., RawStation], depot: ChargingStation) -> Point:
    made = Point(plug(request.param))
    station = {"vendorName": "V", "model": "M", "serialNumber": "SN-1"}
    made.raw.call("BootNotification", {"reason": "PowerUp", "chargingStation": station})
    depot.refresh_from_db()
    return made


def test_security_events_are_kept_once(point: Point) -> None:
    news = {"type": "InvalidCsmsCertificate", "timestamp": stamp(), "techInfo": "expired"}
    assert [point.raw.call("SecurityEventNotification", news) for _copy in range(2)] == [{}, {}]

    event = SecurityEvent.objects.get()
    assert (event.count, event.is_critical, event.tech_info) == (2, True, "expired")
    assert unlawful_frames(point.raw.version) == []


@pytest.mark.parametrize(("use", "name"), [("ChargingStationCertificate", "SN-1"), ("V2GCertificate", "DE*ABC*E1")])
def test_a_certificate_is_asked_for_signed_and_taken(
    point: Point, depot: ChargingStation, run_outbox: Callable[[], None], use: str, name: str
) -> None:
    requests.ask_for_request(depot, by="ivan")
    asked = point.obey("TriggerMessage", {"status": "Accepted"})
    assert asked["requestedMessage"] == "SignChargingStationCertificate"

    csr = request(name)
    number: Json = {"requestId": 12} if point.raw.version == "2.1" else {}
    said = {"csr": pem(csr), "certificateType": use} | number
    assert point.raw.call("SignCertificate", said)["status"] == "Accepted"
    row = CertificateRequest.objects.get()
    chain = pem(AUTHORITY.sign(csr))
    signing.sign(row, chain=chain, by="ivan")

    assert point.obey("CertificateSigned", {"status": "Accepted"}) == {
        "certificateChain": chain, "certificateType": use, **number,
    }  # fmt: skip
    run_outbox()
    row.refresh_from_db()
    assert row.state == "signed"
    assert unlawful_frames(point.raw.version) == []


def test_roots_of_all_uses_are_installed_listed_and_deleted(
    point: Point, depot: ChargingStation, run_outbox: Callable[[], None]
) -> None:
    trust.install(depot, use=CertificateUse.V2G_ROOT, pem=pem(AUTHORITY.certificate), by="ivan")
    assert point.obey("InstallCertificate", {"status": "Accepted"})["certificateType"] == "V2GRootCertificate"

    name = hash_data_of(AUTHORITY.certificate)
    words = {
        "hashAlgorithm": "SHA256", "issuerNameHash": name.issuer_name_hash, "issuerKeyHash": name.issuer_key_hash,
        "serialNumber": name.serial_number,
    }  # fmt: skip
    listed = [{"certificateType": "V2GRootCertificate", "certificateHashData": words}]
    trust.read(depot, by="ivan")
    asked = point.obey("GetInstalledCertificateIds", {"status": "Accepted", "certificateHashDataChain": listed})
    assert len(asked["certificateType"]) == (6 if point.raw.version == "2.1" else 5)
    run_outbox()
    row = InstalledCertificate.objects.get()
    assert (row.state, row.told_at is not None) == ("installed", True)

    trust.delete(row, by="ivan")
    assert point.obey("DeleteCertificate", {"status": "Accepted"}) == {"certificateHashData": words}
    run_outbox()
    row.refresh_from_db()
    assert row.state == "deleted"
    assert unlawful_frames(point.raw.version) == []
