"""Security events and certificates through the API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.certificates.messages import CertificateUse, SignCertificate
from apps.certificates.models import CertificateRequest, InstalledCertificate
from apps.certificates.rules.facts import hash_data_of
from apps.certificates.services.requests import take_request
from apps.core.clock import now
from apps.stations.messages import Caller, OcppVersion
from apps.stations.models import ChargingStation, SecurityEvent, StationCommand
from apps.stations.services.security import raise_own_event
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.certificates.making import Authority, pem, request

EVENTS, REQUESTS, ROOTS = (
    f"/api/v1/{name}" for name in ("security-events", "certificate-requests", "installed-certificates")
)


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station("CS-1", serial_number="SN-1", ocpp_version="1.6")


@pytest.fixture
def event(station: ChargingStation) -> SecurityEvent:
    raise_own_event(station.pk, "SecurityProfileLowered", at=now(), info="2 → 1")
    return SecurityEvent.objects.get()


@pytest.fixture
def asked(station: ChargingStation) -> CertificateRequest:
    caller = Caller(station_id=station.pk, version=OcppVersion.V16, epoch=1, received_at=now())
    take_request(caller, SignCertificate(csr=pem(CSR)))
    return CertificateRequest.objects.get()


CSR = request("SN-1")
AUTHORITY = Authority.root("Root")


def test_an_event_is_listed_filtered_and_seen(api: APIClient, event: SecurityEvent) -> None:
    [listed] = api.get(EVENTS).json()["results"]
    assert (listed["station"], listed["type"], listed["is_ours"], listed["count"]) == (
        "CS-1", "SecurityProfileLowered", True, 1,
    )  # fmt: skip
    for query, count in (
        ("seen=false", 1), ("seen=true", 0), ("critical=true", 1), ("critical=false", 0), ("station=CS-2", 0),
        ("needs_attention=true", 1), ("type=SecurityProfileLowered", 1),
    ):  # fmt: skip
        assert len(api.get(f"{EVENTS}?{query}").json()["results"]) == count, query

    answer = api.post(f"{EVENTS}/{event.pk}/seen")
    assert (answer.status_code, answer.json()["seen_by"]) == (200, "api:erp")
    assert len(api.get(f"{EVENTS}?seen=true").json()["results"]) == 1


def test_a_request_is_asked_for_signed_and_refused(api: APIClient, asked: CertificateRequest) -> None:
    triggered = api.post(REQUESTS, {"station": "CS-1"}, format="json")
    assert (triggered.status_code, triggered.json()["state"]) == (202, "queued")

    wrong = api.post(f"{REQUESTS}/{asked.pk}/sign", {"chain": pem(AUTHORITY.certificate)}, format="json")
    assert wrong.status_code == 400
    assert wrong.json()["errors"] == [
        {"path": "$.chain", "message": "The first certificate is not for the key of this request."}
    ]
    leaf = pem(AUTHORITY.sign(CSR))
    sent = api.post(f"{REQUESTS}/{asked.pk}/sign", {"chain": leaf}, format="json")
    assert (sent.status_code, sent.json()["state"], sent.json()["chain"]) == (202, "sent", leaf)
    assert api.post(f"{REQUESTS}/{asked.pk}/refuse", {}, format="json").status_code == 409
    assert len(api.get(f"{REQUESTS}?state=sent").json()["results"]) == 1


def test_a_request_is_refused_with_a_reason(api: APIClient, asked: CertificateRequest) -> None:
    answer = api.post(f"{REQUESTS}/{asked.pk}/refuse", {"note": "Not ours"}, format="json")

    assert (answer.status_code, answer.json()["state"], answer.json()["note"]) == (200, "refused", "Not ours")


def test_a_root_is_installed_read_back_and_deleted(api: APIClient, station: ChargingStation) -> None:
    body = {"station": "CS-1", "use": "CSMSRootCertificate", "pem": pem(AUTHORITY.certificate)}
    made = api.post(ROOTS, body, format="json")
    assert (made.status_code, made.json()["state"], made.json()["subject"]) == (202, "asked", "CN=Root,O=Depot GmbH")
    assert made.json()["issuer_key_hash"] == hash_data_of(AUTHORITY.certificate).issuer_key_hash

    read = api.post(f"{ROOTS}/read", {"station": "CS-1"}, format="json")
    assert (read.status_code, len(read.json())) == (202, 2)

    InstalledCertificate.objects.update(state="installed")
    address = f"{ROOTS}/{made.json()['id']}/delete"
    assert api.post(address, {}, format="json").status_code == 409
    answer = api.post(address, {"confirm": True}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (202, "deleting")
    kinds = [command.kind.split(".")[-1] for command in StationCommand.objects.order_by("created_at")]
    assert kinds == ["InstallCertificate", *["GetInstalledCertificateIds"] * 2, "DeleteCertificate"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"use": "CSMSRootCertificate", "pem": "x"}, "$.station"),
        ({"station": "CS-1", "use": "V2GCertificateChain", "pem": "x"}, "$.use"),
        ({"station": "CS-1", "use": "CSMSRootCertificate"}, "$.pem"),
    ],
)
def test_a_body_that_can_not_be_is_refused_with_its_path(
    api: APIClient, station: ChargingStation, paths: Callable[[Any], list[str]], body: Any, path: str
) -> None:
    answer = api.post(ROOTS, body, format="json")

    assert (answer.status_code, paths(answer)) == (400, [path])


def test_reading_keys_may_look_and_not_touch(
    program: Callable[..., APIClient], event: SecurityEvent, asked: CertificateRequest
) -> None:
    reader = program(Scope.READ)

    assert [reader.get(address).status_code for address in (EVENTS, REQUESTS, ROOTS)] == [200, 200, 200]
    for address in (f"{EVENTS}/{event.pk}/seen", f"{REQUESTS}/{asked.pk}/sign", REQUESTS, ROOTS, f"{ROOTS}/read"):
        assert reader.post(address, {}, format="json").status_code == 403, address


def test_another_tenants_rows_are_not_there(api: APIClient, beta: Tenant, make_station: Callable[..., Any]) -> None:
    with schema_scope(beta.schema_name):
        other = make_station("CS-1")
        raise_own_event(other.pk, "SecurityProfileLowered", at=now(), info="")
        foreign = SecurityEvent.objects.get().pk
        InstalledCertificate.objects.create(station=other, use=CertificateUse.CSMS_ROOT, state="installed")

    assert api.get(EVENTS).json()["results"] == []
    assert api.get(ROOTS).json()["results"] == []
    assert api.post(f"{EVENTS}/{foreign}/seen").status_code == 404
