"""Certification titles of 1.6 about certificates, security events and vendor data, over a real socket.

Each is tried with what must happen and with what must not. TLS itself is no matter of these.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from websockets.exceptions import InvalidStatus

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.certificates.messages import CertificateHashData, HashAlgorithm
from apps.certificates.models import CertificateRequest, InstalledCertificate
from apps.certificates.rules.facts import hash_data_of
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.stations.models import ChargingStation, RefusedConnection, SecurityEvent, StationCommand, Variable
from tests.certificates.making import Authority, forged, pem, request
from tests.plugged import CALL, CALL_RESULT, PASSWORD, RawStation, RunningGateway, basic, dial, wait_for
from tests.stories.certifying import OPEN, Point, stamp, unlawful_frames

AUTHORITY = Authority.root("Depot Root")
PAGE = "/stations/CS-1/certificates/"
COSTMSG = "org.openchargealliance.costmsg"
Json = dict[str, Any]


@pytest.fixture
def point(plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]) -> Iterator[Point]:
    made = Point(plug("1.6"))
    made.boot()
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames() == []


@pytest.fixture
def browser(depot: ChargingStation, live_tenant: Any) -> Client:
    """The installer's."""
    client = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    client.force_login(User.objects.create(email="ivan@example.com", role=Role.INSTALLER))
    return client


def told(point: Point, event: str, info: str = "") -> Json:
    return point.raw.call("SecurityEventNotification", {"type": event, "timestamp": stamp(), "techInfo": info})


def sign_certificate(point: Point, csr: str) -> str:
    status: str = point.raw.call("SignCertificate", {"csr": csr})["status"]
    return status


# --- TC_064 ----------------------------------------------------------------------------------------------


def transfer(point: Point, vendor: str, message: str, data: Any) -> str:
    said = {"vendorId": vendor, "messageId": message, "data": data}
    status: str = point.raw.call("DataTransfer", said)["status"]
    return status


def test_tc_064_vendor_data_that_are_understood_are_accepted_and_used(point: Point) -> None:
    number = point.start()["transactionId"]
    said = json.dumps({"transactionId": number, "timestamp": stamp()})

    assert transfer(point, COSTMSG, "ConnectorUnplugged", said) == "Accepted"
    assert Transaction.objects.get().has_note("connector_unplugged")


@pytest.mark.parametrize(
    ("vendor", "message", "status"),
    [
        ("com.stranger", "Hello", "UnknownVendorId"),
        (COSTMSG, "Hello", "UnknownMessageId"),
        (COSTMSG, "ConnectorUnplugged", "Rejected"),
    ],
)
def test_tc_064_what_nobody_understands_is_answered_as_such(
    point: Point, vendor: str, message: str, status: str
) -> None:
    assert transfer(point, vendor, message, "{}") == status
    assert "currentTime" in point.raw.call("Heartbeat")


# --- TC_074 ----------------------------------------------------------------------------------------------


def test_tc_074_a_station_gets_the_new_certificate_that_it_was_told_to_ask_for(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    browser.post(f"{PAGE}ask/")
    asked = point.obey("ExtendedTriggerMessage", {"status": "Accepted"})
    assert asked == {"requestedMessage": "SignChargePointCertificate"}

    csr = request("CS-1")
    assert sign_certificate(point, pem(csr)) == "Accepted"
    row = CertificateRequest.objects.get()
    sub = AUTHORITY.below("Depot Sub")
    chain = pem(sub.sign(csr), sub.certificate)
    assert browser.post(f"/certificate-requests/{row.pk}/sign/", {"pem": chain}).status_code == 302

    assert point.obey("CertificateSigned", {"status": "Accepted"}) == {"certificateChain": chain}
    run_outbox()
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("signed", "ivan@example.com")
    assert "signed and taken" in browser.get(PAGE).content.decode()


@pytest.mark.parametrize("csr", [pem(request("CS-2")), forged("CS-1"), "no request"], ids=["other", "forged", "text"])
def test_tc_074_a_request_that_nobody_could_sign_is_rejected(point: Point, browser: Client, csr: str) -> None:
    assert sign_certificate(point, csr) == "Rejected"

    row = CertificateRequest.objects.get()
    assert (row.state, bool(row.note)) == ("refused", True)
    assert browser.post(f"/certificate-requests/{row.pk}/sign/", {"pem": "x"}).status_code == 422
    assert point.is_left_alone()


def test_tc_074_a_station_that_will_not_ask_is_shown_to_have_refused(point: Point, browser: Client) -> None:
    browser.post(f"{PAGE}ask/")
    point.obey("ExtendedTriggerMessage", {"status": "NotImplemented"})

    assert StationCommand.objects.get(action="ExtendedTriggerMessage").state == "rejected"
    assert not CertificateRequest.objects.exists()


# --- TC_075, TC_076 --------------------------------------------------------------------------------------


def install(browser: Client, use: str) -> None:
    answer = browser.post(f"{PAGE}install/", {"use": use, "pem": pem(AUTHORITY.certificate)})
    assert answer.status_code == 302


def named(algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> CertificateHashData:
    return hash_data_of(AUTHORITY.certificate, algorithm)


def hash_words(name: CertificateHashData) -> Json:
    return {
        "hashAlgorithm": name.hash_algorithm.value,
        "issuerNameHash": name.issuer_name_hash,
        "issuerKeyHash": name.issuer_key_hash,
        "serialNumber": name.serial_number,
    }


def list_roots(point: Point, browser: Client, run_outbox: Callable[[], None], **roots: Json) -> None:
    """The station answers for both uses in turn: with what `roots` has for the word, or that it has none."""
    browser.post(f"{PAGE}read/")
    for word in ("CentralSystemRootCertificate", "ManufacturerRootCertificate"):
        frame = point.raw.frame(lambda frame: frame[0] == CALL and frame[2] == "GetInstalledCertificateIds")
        found = roots.get(word)
        answer = {"status": "Accepted", "certificateHashData": [found]} if found else {"status": "NotFound"}
        assert frame[3] == {"certificateType": word}
        point.raw.socket.send(json.dumps([CALL_RESULT, frame[1], answer]))
    asked = StationCommand.objects.filter(kind__endswith=".GetInstalledCertificateIds", state__in=OPEN)
    wait_for(lambda: not asked.exists())
    run_outbox()


def install_and_find(
    point: Point, browser: Client, run_outbox: Callable[[], None], use: str, word: str
) -> InstalledCertificate:
    install(browser, use)
    sent = point.obey("InstallCertificate", {"status": "Accepted"})
    assert sent == {"certificateType": word, "certificate": pem(AUTHORITY.certificate)}

    list_roots(point, browser, run_outbox, **{word: hash_words(named())})
    row = InstalledCertificate.objects.get()
    assert (row.use, row.state, row.subject) == (use, "installed", "CN=Depot Root,O=Depot GmbH")
    return row


def test_tc_075_1_a_manufacturers_root_is_installed_and_found_again_in_the_stations_list(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    word = "ManufacturerRootCertificate"

    assert install_and_find(point, browser, run_outbox, word, word).told_at


def test_tc_075_2_a_root_of_ours_is_installed_and_found_again_in_the_stations_list(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    words = ("CSMSRootCertificate", "CentralSystemRootCertificate")

    assert install_and_find(point, browser, run_outbox, *words).told_at


def refused_root(point: Point, browser: Client, run_outbox: Callable[[], None], use: str, status: str) -> str:
    install(browser, use)
    point.obey("InstallCertificate", {"status": status})
    run_outbox()
    return InstalledCertificate.objects.get().state


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_tc_075_1_a_root_that_the_station_does_not_take_is_not_shown_as_installed(
    point: Point, browser: Client, run_outbox: Callable[[], None], status: str
) -> None:
    assert refused_root(point, browser, run_outbox, "ManufacturerRootCertificate", status) == "failed"


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_tc_075_2_a_root_that_the_station_does_not_take_is_not_shown_as_installed(
    point: Point, browser: Client, run_outbox: Callable[[], None], status: str
) -> None:
    assert refused_root(point, browser, run_outbox, "CSMSRootCertificate", status) == "failed"


def test_tc_076_a_root_is_deleted_by_the_name_the_station_gave_it(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    words = hash_words(named(HashAlgorithm.SHA512))
    list_roots(point, browser, run_outbox, ManufacturerRootCertificate=words)
    row = InstalledCertificate.objects.get()

    browser.post(f"/certificates/{row.pk}/delete/")
    assert point.obey("DeleteCertificate", {"status": "Accepted"}) == {"certificateHashData": words}
    run_outbox()
    row.refresh_from_db()
    assert row.state == "deleted"

    list_roots(point, browser, run_outbox)
    assert not InstalledCertificate.objects.exclude(state="deleted").exists()


@pytest.mark.parametrize(("status", "state"), [("Failed", "installed"), ("NotFound", "gone")])
def test_tc_076_what_the_station_does_not_delete_is_not_shown_as_deleted(
    point: Point, browser: Client, run_outbox: Callable[[], None], status: str, state: str
) -> None:
    list_roots(point, browser, run_outbox, ManufacturerRootCertificate=hash_words(named()))
    row = InstalledCertificate.objects.get()
    browser.post(f"/certificates/{row.pk}/delete/")
    point.obey("DeleteCertificate", {"status": status})
    run_outbox()

    row.refresh_from_db()
    assert row.state == state


def test_tc_076_the_root_of_our_own_connection_is_not_deleted_by_the_way(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    list_roots(point, browser, run_outbox, CentralSystemRootCertificate=hash_words(named()))

    assert browser.post(f"/certificates/{InstalledCertificate.objects.get().pk}/delete/").status_code == 409
    assert point.is_left_alone()


# --- TC_077, TC_078 --------------------------------------------------------------------------------------


def test_tc_077_a_certificate_that_the_station_finds_invalid_is_an_alarm(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    csr = request("CS-1")
    sign_certificate(point, pem(csr))
    row = CertificateRequest.objects.get()
    browser.post(f"/certificate-requests/{row.pk}/sign/", {"pem": pem(AUTHORITY.sign(csr))})
    point.obey("CertificateSigned", {"status": "Rejected"})

    assert told(point, "InvalidChargePointCertificate", "unknown issuer") == {}
    run_outbox()
    row.refresh_from_db()
    assert (row.state, row.is_open) == ("failed", True)
    assert "The certificate it was sent is not valid for it." in browser.get("/security-events/").content.decode()


def test_tc_078_a_root_that_the_station_finds_invalid_is_an_alarm(
    point: Point, browser: Client, run_outbox: Callable[[], None]
) -> None:
    install(browser, "CSMSRootCertificate")
    point.obey("InstallCertificate", {"status": "Rejected"})

    assert told(point, "InvalidCentralSystemCertificate") == {}
    run_outbox()
    assert InstalledCertificate.objects.get().state == "failed"
    assert "1 security event wants to be looked at" in browser.get("/").content.decode()


@pytest.mark.parametrize("event", ["InvalidChargePointCertificate", "InvalidCentralSystemCertificate"])
def test_tc_077_and_078_an_event_that_is_repeated_or_malformed_harms_nothing(point: Point, event: str) -> None:
    news = {"type": event, "timestamp": stamp()}
    assert point.raw.call("SecurityEventNotification", news) == {}
    assert point.raw.call("SecurityEventNotification", news) == {}
    assert point.raw.call("SecurityEventNotification", news | {"timestamp": "yesterday", "techInfo": None}) == {}

    assert sorted(SecurityEvent.objects.values_list("count", flat=True)) == [1, 2]


# --- TC_083 ----------------------------------------------------------------------------------------------


@pytest.fixture
def profile_1(depot: ChargingStation) -> Variable:

    return Variable.objects.create(station=depot, name="SecurityProfile", value="1", reported_at=now())


def raise_profile(browser: Client, value: str) -> int:
    return browser.post("/stations/CS-1/commands/write/", {"key": "SecurityProfile", "value": value}).status_code


def test_tc_083_a_station_goes_up_to_a_higher_profile_and_comes_back(
    point: Point, browser: Client, plug: Callable[..., RawStation], profile_1: Variable
) -> None:
    assert raise_profile(browser, "2") == 202
    asked = point.obey("ChangeConfiguration", {"status": "Accepted"})
    assert asked == {"key": "SecurityProfile", "value": "2"}
    point.raw.unplug()  # A05.FR.06

    again = Point(plug("1.6"))
    assert again.boot()["status"] == "Accepted"
    profile_1.refresh_from_db()
    assert profile_1.value == "2"
    assert not SecurityEvent.objects.exists()


def test_tc_083_a_station_that_refuses_keeps_its_profile(point: Point, browser: Client, profile_1: Variable) -> None:
    raise_profile(browser, "2")
    point.obey("ChangeConfiguration", {"status": "Rejected"})

    profile_1.refresh_from_db()
    assert profile_1.value == "1"


def test_tc_083_a_station_that_goes_down_by_itself_is_an_alarm(
    point: Point, browser: Client, profile_1: Variable
) -> None:
    Variable.objects.update(value="2")
    browser.post("/stations/CS-1/commands/read/", {"keys": "SecurityProfile"})
    key = {"key": "SecurityProfile", "readonly": False, "value": "1"}
    point.obey("GetConfiguration", {"configurationKey": [key]})

    event = wait_for(SecurityEvent.objects.first)
    assert (event.type, event.tech_info) == ("SecurityProfileLowered", "2 → 1")


# --- TC_085, TC_088 --------------------------------------------------------------------------------------


def knock(gateway: RunningGateway, slug: str, *, subprotocols: list[str] | None, password: str = PASSWORD) -> Any:
    path, user = f"/ocpp/{slug}/CS-1", basic("CS-1", password)
    return dial(gateway.port, path, subprotocols=subprotocols, authorization=user)


def test_tc_085_the_right_user_and_password_are_let_in(
    gateway: RunningGateway, live_tenant: Any, depot: ChargingStation
) -> None:
    opened = knock(gateway, live_tenant.slug, subprotocols=["ocpp1.6"])

    opened.send(json.dumps([2, "1", "Heartbeat", {}]))
    assert json.loads(opened.recv(timeout=15))[0] == 3
    opened.close()


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD[:-1], PASSWORD + "0"])
def test_tc_085_a_wrong_password_is_not(
    gateway: RunningGateway, live_tenant: Any, depot: ChargingStation, password: str
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        knock(gateway, live_tenant.slug, subprotocols=["ocpp1.6"], password=password)

    assert refusal.value.response.status_code == 401
    listed = wait_for(RefusedConnection.objects.filter(identity="CS-1").first)
    assert listed.reason == "wrong identity or password"


def test_tc_088_the_subprotocol_that_both_speak_is_chosen(
    gateway: RunningGateway, live_tenant: Any, depot: ChargingStation
) -> None:
    opened = knock(gateway, live_tenant.slug, subprotocols=["ocpp0.9", "ocpp1.6"])

    assert opened.subprotocol == "ocpp1.6"
    opened.close()


@pytest.mark.parametrize("subprotocols", [["ocpp0.9"], ["ocpp1.5", "ocpp2.0"]])
def test_tc_088_without_a_common_one_the_connection_is_refused(
    gateway: RunningGateway, live_tenant: Any, depot: ChargingStation, subprotocols: list[str]
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        knock(gateway, live_tenant.slug, subprotocols=subprotocols)

    assert refusal.value.response.status_code == 400
