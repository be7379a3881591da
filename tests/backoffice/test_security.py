"""The pages of security events and certificates."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.backoffice.services.live import Changes, Watch, fragments
from apps.backoffice.services.security import MEANINGS
from apps.certificates.messages import CertificateUse, SignCertificate
from apps.certificates.models import CertificateRequest, InstalledCertificate
from apps.certificates.services.requests import take_request
from apps.certificates.services.trust import install
from apps.core.clock import now
from apps.stations.messages import Caller, OcppVersion, SecurityEventNotification
from apps.stations.models import ChargingStation, SecurityEvent, StationCommand
from apps.stations.rules.security import is_critical, standard_name
from apps.stations.services.security import take_security_event
from tests.certificates.making import Authority, pem, request

O, M, P, I, F, S, R = Role  # noqa: E741
CSR = request("CS-1")
AUTHORITY = Authority.root("Depot Root")


def caller(station: ChargingStation) -> Caller:
    return Caller(station_id=station.pk, version=OcppVersion.V16, epoch=1, received_at=now())


@pytest.fixture
def event(station: ChargingStation) -> SecurityEvent:
    news = SecurityEventNotification(type="TamperDetectionActivated", at=now(), tech_info="lid <b>open</b>")
    take_security_event(caller(station), news)
    return SecurityEvent.objects.get()


@pytest.fixture
def asked(station: ChargingStation) -> CertificateRequest:
    take_request(caller(station), SignCertificate(csr=pem(CSR)))
    return CertificateRequest.objects.get()


@pytest.fixture
def root(station: ChargingStation) -> InstalledCertificate:
    row = install(station, use=CertificateUse.CSMS_ROOT, pem=pem(AUTHORITY.certificate), by="test")
    InstalledCertificate.objects.update(state="installed")
    row.refresh_from_db()
    return row


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_an_alarm_stands_on_the_board_on_its_station_and_in_the_list(browser: Client, event: SecurityEvent) -> None:
    assert "1 security event wants to be looked at" in text_of(browser, "/")
    for address in ("/stations/CS-1/", "/security-events/"):
        page = text_of(browser, address)
        assert "Its housing was opened or moved." in page
        assert "lid &lt;b&gt;open&lt;/b&gt;" in page


def test_what_was_seen_is_no_alarm_any_more_and_names_who_saw_it(browser: Client, event: SecurityEvent) -> None:
    answer = browser.post("/security-events/seen/", {"event": [event.pk], "next": "/stations/CS-1/"})

    assert (answer.status_code, answer["Location"]) == (302, "/stations/CS-1/")
    assert "wants to be looked at" not in text_of(browser, "/")
    assert "housing" not in text_of(browser, "/security-events/")
    assert "owner@alpha.example" in text_of(browser, "/security-events/?shown=critical")
    assert AuditEntry.objects.get(action="stations.security_event.seen").actor == "owner@alpha.example"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere(browser: Client, event: SecurityEvent, address: str) -> None:
    answer = browser.post("/security-events/seen/", {"event": ["x", event.pk], "next": address})

    assert answer["Location"] == "/security-events/"


def test_the_list_shows_alarms_criticals_or_all_and_finds_text(browser: Client, station: ChargingStation) -> None:
    for kind in ("StartupOfTheDevice", "InvalidMessages", "MemoryExhaustion"):
        take_security_event(caller(station), SecurityEventNotification(type=kind, at=now()))

    def listed(query: str) -> set[str]:
        page = text_of(browser, f"/security-events/?{query}")
        return {kind for kind in ("StartupOfTheDevice", "InvalidMessages", "MemoryExhaustion") if kind in page}

    assert listed("") == {"MemoryExhaustion"}
    assert listed("shown=critical") == {"StartupOfTheDevice", "MemoryExhaustion"}
    assert len(listed("shown=all")) == 3
    assert listed("shown=all&q=invalid") == {"InvalidMessages"}
    assert listed("shown=all&q=CS-9") == set()


def test_every_event_of_the_standard_is_explained() -> None:
    assert all(standard_name(kind) == kind for kind in list(MEANINGS)[:-2])
    assert sum(is_critical(kind) for kind in MEANINGS) == 16


@pytest.mark.parametrize("address", ["/security-events/?shown=all", "/certificates/"])
def test_lists_need_no_more_queries_for_more_rows(
    browser: Client, event: SecurityEvent, asked: CertificateRequest, root: InstalledCertificate, address: str,
    make_station: Callable[..., ChargingStation],
) -> None:  # fmt: skip
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(browser, address)
        return len(captured)

    before = queries()
    for number in range(3):
        other = make_station(f"CS-1{number}", ocpp_version="1.6")
        take_security_event(caller(other), SecurityEventNotification(type="MemoryExhaustion", at=now()))
        take_request(caller(other), SignCertificate(csr=pem(request(f"CS-1{number}"))))
        install(other, use=CertificateUse.CSMS_ROOT, pem=pem(AUTHORITY.certificate), by="test")
    InstalledCertificate.objects.update(state="installed")

    assert queries() == before


def test_a_request_is_signed_from_the_stations_page(browser: Client, asked: CertificateRequest) -> None:
    take_request(caller(asked.station), SignCertificate(csr=pem(request("CS-1"))))
    page = text_of(browser, "/stations/CS-1/certificates/")
    assert "CN=CS-1,O=Depot GmbH" in page

    wrong = browser.post(f"/certificate-requests/{asked.pk}/sign/", {"pem": pem(AUTHORITY.certificate)})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("The first certificate is not for the key of this request.") == 1

    answer = browser.post(f"/certificate-requests/{asked.pk}/sign/", {"pem": pem(AUTHORITY.sign(CSR))})
    assert (answer.status_code, answer["Location"]) == (302, "/stations/CS-1/certificates/")
    command = StationCommand.objects.get()
    assert (command.kind, command.by) == ("certificates.CertificateSigned", "owner@alpha.example")


def test_a_chain_may_come_as_a_file(browser: Client, asked: CertificateRequest) -> None:
    file = SimpleUploadedFile("chain.pem", pem(AUTHORITY.sign(CSR)).encode())

    assert browser.post(f"/certificate-requests/{asked.pk}/sign/", {"file": file}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "sent"


def test_a_request_is_refused_with_a_reason(browser: Client, asked: CertificateRequest) -> None:
    browser.post(f"/certificate-requests/{asked.pk}/refuse/", {"note": "Not one of ours"})

    assert "Not one of ours" in text_of(browser, "/stations/CS-1/certificates/")


def test_a_root_is_installed_by_file_or_text_and_what_is_none_is_refused(browser: Client, station: Any) -> None:
    address = "/stations/CS-1/certificates/install/"
    assert browser.post(address, {"use": "CSMSRootCertificate"}).status_code == 422
    assert browser.post(address, {"use": "CSMSRootCertificate", "pem": "hello"}).status_code == 422
    assert browser.post(address, {"use": "V2GRootCertificate", "pem": pem(AUTHORITY.certificate)}).status_code == 422

    file = SimpleUploadedFile("root.pem", pem(AUTHORITY.certificate).encode())
    assert browser.post(address, {"use": "ManufacturerRootCertificate", "file": file}).status_code == 302
    assert "CN=Depot Root,O=Depot GmbH" in text_of(browser, "/stations/CS-1/certificates/")


def test_the_root_of_our_connection_is_deleted_only_by_who_is_sure(browser: Client, root: InstalledCertificate) -> None:
    assert "This is the only root for the connection to us" in text_of(browser, "/stations/CS-1/certificates/")

    assert browser.post(f"/certificates/{root.pk}/delete/").status_code == 409
    assert browser.post(f"/certificates/{root.pk}/delete/", {"sure": "yes"}).status_code == 302
    root.refresh_from_db()
    assert root.state == "deleting"


def test_a_station_is_asked_to_list_and_to_ask(browser: Client, station: ChargingStation) -> None:
    browser.post("/stations/CS-1/certificates/read/")
    browser.post("/stations/CS-1/certificates/ask/")

    kinds = StationCommand.objects.order_by("created_at").values_list("kind", flat=True)
    assert list(kinds) == ["certificates.GetInstalledCertificateIds"] * 2 + ["stations.TriggerMessage"]


@pytest.mark.parametrize("role", list(Role))
def test_certificates_are_for_owners_managers_and_installers(
    browser_of: Callable[..., Client], event: SecurityEvent, asked: CertificateRequest, root: InstalledCertificate,
    role: Role,
) -> None:  # fmt: skip
    browser = browser_of(role)
    posts = {
        "seen": "/security-events/seen/",
        "ask": "/stations/CS-1/certificates/ask/",
        "read": "/stations/CS-1/certificates/read/",
        "install": "/stations/CS-1/certificates/install/",
        "delete": f"/certificates/{root.pk}/delete/",
        "sign": f"/certificate-requests/{asked.pk}/sign/",
        "refuse": f"/certificate-requests/{asked.pk}/refuse/",
    }
    allowed = {name for name, address in posts.items() if browser.post(address).status_code != 403}

    certify = {"ask", "read", "install", "delete", "sign", "refuse"} if role in (O, M, I) else set()
    assert allowed == certify | ({"seen"} if role in (O, M, P, I) else set())
    for address in ("/security-events/", "/certificates/", "/stations/CS-1/certificates/"):
        assert browser.get(address).status_code == 200
        assert role in (O, M, I) or "certificates/install/" not in browser.get(address).content.decode()


def test_open_pages_hear_of_it(browser: Client, event: SecurityEvent) -> None:
    key, station = browser.session.session_key, event.station

    def drawn(query: dict[str, str], topic: str) -> list[str]:
        changes = Changes()
        changes.add(topic, station.pk)
        return fragments(Watch.from_query(query), changes, session_key=key or "", language="en")

    [badge] = drawn({"page_kind": "board"}, "security_events")
    assert 'id="alarms"' in badge
    assert "1 security event wants" in badge
    refresh = drawn({"page_kind": "reservations"}, "reservations")
    for query in ({"page_kind": "security"}, {"page_kind": "station", "identity": "CS-1"}):
        assert drawn(query, "security_events") == refresh
    for query in ({"page_kind": "certificates"}, {"page_kind": "certificates", "identity": "CS-1"}):
        assert drawn(query, "certificates") == refresh
    assert drawn({"page_kind": "certificates", "identity": "CS-1"}, "security_events") == []


def test_any_vendor_data_are_sent_by_a_form(browser: Client, station: ChargingStation) -> None:
    address = "/stations/CS-1/commands/data-transfer/"
    assert "com.example" in text_of(browser, address)
    assert browser.post(address, {"vendor_id": ""}).status_code == 422

    browser.post(address, {"vendor_id": "com.example", "message_id": "Hello", "payload": '{"a": 1}'})
    assert StationCommand.objects.get().message == {
        "vendor_id": "com.example", "message_id": "Hello", "data": '{"a": 1}',
    }  # fmt: skip


def test_2_x_is_sent_vendor_data_as_json_where_they_are_json(browser: Client, station: ChargingStation) -> None:
    ChargingStation.objects.update(ocpp_version="2.1")
    for data in ('{"a": 1}', "hello", ""):
        browser.post("/stations/CS-1/commands/data-transfer/", {"vendor_id": "com.example", "payload": data})

    sent = [command.message["data"] for command in StationCommand.objects.order_by("created_at")]
    assert sent == [{"a": 1}, "hello", None]
