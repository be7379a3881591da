"""TC_086 and TC_087: TLS with the certificate of the server (profile 2), and of the station too (profile 3)."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from websockets.exceptions import InvalidStatus

from apps.ocpp.tls import make_context
from apps.stations.models import ChargingStation, RefusedConnection
from apps.stations.services.credentials import set_password
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import create_tenant, delete_tenant
from tests.certificates.making import DAY, Authority, make_key, pem, private_pem, request
from tests.plugged import DEADLINE_S, PASSWORD, RawStation, RunningGateway, basic, dial, wait_for

NAME = "gateway.example"
FOUR = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384")


@dataclass
class House:
    """Who signs, and the files it hands out: key and certificate of one name in one file."""

    folder: Path
    authority: Authority

    @property
    def roots(self) -> str:
        path = self.folder / "roots.pem"
        path.write_text(pem(self.authority.certificate))
        return str(path)

    def file(self, name: str, organization: str = "Depot GmbH", *, key: Any = None, **dates: Any) -> str:
        key = key or make_key()
        path = self.folder / f"{len(list(self.folder.iterdir()))}.pem"
        path.write_text(private_pem(key) + pem(self.authority.sign(request(name, key, organization), **dates)))
        return str(path)


def made_house(folder: Path, name: str) -> House:
    folder.mkdir()
    return House(folder, Authority.root(name))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return made_house(tmp_path / "house", "Depot Root")


@pytest.fixture
def stranger(tmp_path: Path) -> House:
    return made_house(tmp_path / "stranger", "Other Root")


@pytest.fixture
def gateway(live_tenant: Tenant, house: House) -> Iterator[RunningGateway]:
    files = [house.file(NAME), house.file(NAME, key=rsa.generate_private_key(65537, 2048))]
    running = RunningGateway(tls=make_context(files, files, client_ca=house.roots))
    yield running
    running.stop()


@pytest.fixture
def station(gateway: RunningGateway, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    made = make_station("CS-1")
    set_password(made, PASSWORD, by="story")
    return made


def trusting(house: House, shown: str = "") -> ssl.SSLContext:
    """A station that trusts this house, and shows a certificate if it has one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(house.roots)
    if shown:
        context.load_cert_chain(shown)
    return context


def only(house: House, suites: str) -> ssl.SSLContext:
    context = trusting(house)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suites)
    return context


@contextlib.contextmanager
def secured(gateway: RunningGateway, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", gateway.tls_port), timeout=DEADLINE_S) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as wrapped,
    ):
        yield wrapped


@pytest.fixture
def broken_off(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> Callable[[ssl.SSLContext], str]:
    """Why the gateway ends a handshake. In TLS 1.3 a client learns of it only when it reads on."""
    caplog.set_level("INFO", "apps.ocpp.tls")

    def reason(context: ssl.SSLContext) -> str:
        with contextlib.suppress(ssl.SSLError, ConnectionError), secured(gateway, context) as wrapped:
            assert wrapped.recv(1) == b""
        return str(wait_for(lambda: [one.getMessage() for one in caplog.records if one.name == "apps.ocpp.tls"])[-1])

    return reason


@dataclass
class Door:
    """The TLS port, as one station after the other knocks there."""

    gateway: RunningGateway
    slug: str

    def open(
        self, context: ssl.SSLContext, identity: str = "CS-1", *, password: str = "", version: str = "1.6"
    ) -> RawStation:
        user = basic(identity, password) if password else None
        path, names = f"/ocpp/{self.slug}/{identity}", [f"ocpp{version}"]
        opened = dial(
            self.gateway.tls_port, path, subprotocols=names, authorization=user, ssl=context, server_hostname=NAME
        )
        return RawStation(opened, version)

    def refusal(self, context: ssl.SSLContext, identity: str = "CS-1", *, password: str = "") -> tuple[int, str]:
        """The status that the station sees, and the reason that the operator reads."""
        with pytest.raises(InvalidStatus) as refused:
            self.open(context, identity, password=password)
        listed = wait_for(RefusedConnection.objects.filter(identity=identity).first)
        return refused.value.response.status_code, listed.reason


@pytest.fixture
def door(gateway: RunningGateway, live_tenant: Tenant, station: ChargingStation) -> Door:
    return Door(gateway, live_tenant.slug)


def boots(raw: RawStation) -> bool:
    answer = raw.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    raw.unplug()
    return bool(answer["status"] == "Accepted")


# --- TC_086 ----------------------------------------------------------------------------------------------


def test_tc_086_a_station_that_verifies_our_certificate_logs_in_with_its_password(door: Door, house: House) -> None:
    raw = door.open(trusting(house), password=PASSWORD)

    assert raw.socket.socket.version() == "TLSv1.3"
    assert boots(raw)


@pytest.mark.parametrize("suite", [*FOUR, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_tc_086_each_suite_that_the_paper_demands_is_spoken(door: Door, house: House, suite: str) -> None:
    raw = door.open(only(house, suite), password=PASSWORD)

    assert raw.socket.socket.cipher()[0] == suite
    assert raw.socket.socket.compression() is None
    assert boots(raw)


def test_tc_086_forward_secrecy_is_preferred_to_what_the_station_prefers(gateway: RunningGateway, house: House) -> None:
    with secured(gateway, only(house, "AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")) as wrapped:
        assert wrapped.cipher()[0] == "ECDHE-RSA-AES128-GCM-SHA256"


def test_tc_086_a_station_that_does_not_trust_our_certificate_stays_away(door: Door, stranger: House) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        door.open(trusting(stranger), password=PASSWORD)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tc_086_older_versions_of_tls_are_refused(
    house: House, broken_off: Callable[[ssl.SSLContext], str], version: ssl.TLSVersion
) -> None:
    old = trusting(house)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, version

    assert "UNSUPPORTED_PROTOCOL" in broken_off(old)


@pytest.mark.parametrize("suite", ["AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
def test_tc_086_other_suites_are_refused(house: House, broken_off: Callable[[ssl.SSLContext], str], suite: str) -> None:
    assert "NO_SHARED_CIPHER" in broken_off(only(house, suite))


def test_tc_086_nobody_gets_through_without_tls(door: Door) -> None:
    path, user = f"/ocpp/{door.slug}/CS-1", basic("CS-1", PASSWORD)

    with socket.create_connection(("127.0.0.1", door.gateway.tls_port), timeout=DEADLINE_S) as plain:
        plain.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {user}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            assert b"HTTP" not in plain.recv(1000)


def test_tc_086_a_wrong_password_is_refused_and_listed(door: Door, house: House) -> None:
    assert door.refusal(trusting(house), password="wrong") == (401, "wrong identity or password")


def test_both_doors_close_at_the_end(door: Door, house: House, live_tenant: Tenant) -> None:
    """Who came in by TLS is sent away in good order too, and the port is free again."""
    raw = door.open(trusting(house), password=PASSWORD)
    raw.call("Heartbeat")

    door.gateway.stop()

    assert raw.close_code() == 1012
    for port in (door.gateway.port, door.gateway.tls_port):
        socket.create_server(("127.0.0.1", port)).close()


def test_who_says_goodbye_and_does_not_hang_up_does_not_disturb_the_end(
    door: Door, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "uvicorn.error")
    opening = (
        f"GET /ocpp/{door.slug}/CS-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: {basic('CS-1', PASSWORD)}\r\n\r\n"
    )
    with secured(door.gateway, trusting(house)) as wrapped:
        wrapped.sendall(opening.encode())
        assert wrapped.recv(1000).startswith(b"HTTP/1.1 101")
        wrapped.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
        wait_for(lambda: not door.gateway.gateway.connections)
        door.gateway.stop()

    assert "Application shutdown complete." in caplog.messages


# --- TC_087 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["slug", "name"])
def test_tc_087_a_station_is_let_in_by_its_certificate_alone(
    door: Door, house: House, live_tenant: Tenant, owner: str
) -> None:
    Tenant.objects.filter(pk=live_tenant.pk).update(name="Stadtwerke Kölln GmbH")
    live_tenant.refresh_from_db()
    shown = house.file("CS-1", getattr(live_tenant, owner))

    for version in ("1.6", "2.0.1"):
        raw = door.open(trusting(house, shown), version=version)
        assert "currentTime" in raw.call("Heartbeat")
        raw.unplug()
    assert boots(door.open(trusting(house, shown)))


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_tc_087_the_certificate_of_another_station_is_refused_even_with_the_password(
    door: Door, house: House, make_station: Callable[..., ChargingStation], password: str
) -> None:
    make_station("CS-2")
    shown = house.file("CS-2", door.slug)

    assert door.refusal(trusting(house, shown), password=password) == (401, "certificate of another station")


def test_tc_087_the_certificate_of_a_station_that_is_not_there_is_refused(door: Door, house: House) -> None:
    shown = house.file("CS-9", door.slug)

    assert door.refusal(trusting(house, shown), "CS-9") == (401, "wrong identity or password")


def test_tc_087_an_archived_station_is_refused(door: Door, house: House, station: ChargingStation) -> None:
    ChargingStation.objects.update(archived_at=station.created_at)

    assert door.refusal(trusting(house, house.file("CS-1", door.slug)))[0] == 401


@pytest.fixture
def second(gateway: RunningGateway, make_station: Callable[..., ChargingStation]) -> Iterator[Tenant]:
    """A tenant whose station has the same identity."""
    tenant, _created = create_tenant(f"second{gateway.port}", name="Second")
    with schema_scope(tenant.schema_name):
        make_station("CS-1")
    yield tenant
    gateway.stop()  # it may be writing there still
    with schema_scope("public"):
        delete_tenant(tenant)


def test_tc_087_a_certificate_opens_the_doors_of_its_own_tenant_only(door: Door, house: House, second: Tenant) -> None:
    for owner in (second.slug, second.name, "", "Nobody", f"{door.slug}\0"):
        shown = house.file("CS-1", owner) if owner else house.file("CS-1", "Depot GmbH")
        assert door.refusal(trusting(house, shown)) == (401, "certificate of another operator"), owner

    assert boots(Door(door.gateway, second.slug).open(trusting(house, house.file("CS-1", second.slug))))


def test_tc_087_a_name_that_two_tenants_have_opens_neither(door: Door, house: House, second: Tenant) -> None:
    Tenant.objects.filter(pk=second.pk).update(name="Live")  # the name of every tenant of a test

    assert door.refusal(trusting(house, house.file("CS-1", "Live"))) == (401, "certificate of another operator")
    assert boots(door.open(trusting(house, house.file("CS-1", door.slug))))


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("dates", "reason"),
    [({"begins_in": -2 * DAY, "ends_in": -DAY}, "has expired"), ({"begins_in": DAY}, "not yet valid")],
)
def test_tc_087_a_certificate_out_of_its_time_ends_the_handshake(
    door: Door, house: House, broken_off: Callable[[ssl.SSLContext], str], dates: dict[str, Any], reason: str,
    newest: ssl.TLSVersion,
) -> None:  # fmt: skip
    context = trusting(house, house.file("CS-1", door.slug, **dates))
    context.maximum_version = newest

    assert reason in broken_off(context)


def test_tc_087_a_certificate_of_an_unknown_issuer_ends_the_handshake(
    door: Door, house: House, stranger: House, broken_off: Callable[[ssl.SSLContext], str]
) -> None:
    assert "unable to get local issuer" in broken_off(trusting(house, stranger.file("CS-1", door.slug)))


def test_tc_087_a_certificate_signed_by_itself_ends_the_handshake(
    house: House, tmp_path: Path, broken_off: Callable[[ssl.SSLContext], str]
) -> None:
    own = Authority.root("CS-1")
    path = tmp_path / "own.pem"
    path.write_text(private_pem(own.key) + pem(own.certificate))

    assert "self-signed" in broken_off(trusting(house, str(path)))


def test_tc_087_a_certificate_whose_key_is_too_short_ends_the_handshake(
    door: Door, house: House, broken_off: Callable[[ssl.SSLContext], str]
) -> None:
    careless = trusting(house)
    careless.set_ciphers("DEFAULT:@SECLEVEL=0")
    careless.load_cert_chain(house.file("CS-1", door.slug, key=rsa.generate_private_key(65537, 1024)))

    assert "too weak" in broken_off(careless)


def test_tc_087_neither_certificate_nor_password_is_refused(door: Door, house: House) -> None:
    assert door.refusal(trusting(house)) == (401, "wrong identity or password")


# --- settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [
    {"GATEWAY_TLS_CERT": ["a.pem"]}, {"GATEWAY_TLS_KEY": ["a.pem"]}, {"GATEWAY_CLIENT_CA": "a.pem"},
    {"GATEWAY_TLS_CERT": ["a.pem", "b.pem"], "GATEWAY_TLS_KEY": ["a.pem"]},
    {"GATEWAY_TLS_CERT": ["/nowhere.pem"], "GATEWAY_TLS_KEY": ["/nowhere.pem"]},
])  # fmt: skip
def test_half_of_what_tls_takes_ends_the_start(settings: Any, variables: dict[str, Any]) -> None:
    for name, value in variables.items():
        setattr(settings, name, value)

    with pytest.raises(CommandError, match="GATEWAY_TLS_CERT"):
        call_command("gateway", port=0)


def test_a_key_that_is_another_certificates_ends_the_start(settings: Any, house: House) -> None:
    settings.GATEWAY_TLS_CERT, settings.GATEWAY_TLS_KEY = [house.file(NAME)], [house.file(NAME)]

    with pytest.raises(CommandError, match="KEY_VALUES_MISMATCH"):
        call_command("gateway", port=0)
