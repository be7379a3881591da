"""File addresses over real HTTP: who may have what, piece by piece, and nothing else."""

import http.client
import secrets
import socket
from datetime import timedelta

import pytest

from apps.accounts.services.digests import keyed_digest
from apps.core.clock import now
from apps.stations.messages import LogType
from apps.stations.models import FirmwareUpdate, LogRequest, ReceivedFile, Transfer
from apps.stations.services import logs
from apps.stations.services.firmware import request_update
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, schema_scope
from apps.tenants.services.tenants import create_tenant, delete_tenant
from tests.firmware import CONTENT, SHA256, make_firmware
from tests.plugged import wait_for
from tests.web import RunningWeb, ask, form_with


@pytest.fixture
def web(settings, live_tenant):
    running = RunningWeb()
    settings.PUBLIC_URL = running.url
    yield running
    running.stop()


@pytest.fixture
def cs_1(web, make_station):
    return make_station("CS-1")


@pytest.fixture
def file(cs_1):
    """The address of 1 MiB of firmware."""
    update = request_update(FirmwareUpdate(station=cs_1, firmware=make_firmware()), by="olga")
    return update.command.message["location"]


@pytest.fixture
def box(cs_1):
    """The address where a log may be brought."""
    request = logs.request_log(LogRequest(station=cs_1, log_type=LogType.DIAGNOSTICS), by="olga")
    return request.command.message["location"]


# --- fetching


def test_a_file_is_served_whole_as_bytes_that_no_browser_shows(file):
    answer = ask(file)

    assert (answer.status, answer.body) == (200, CONTENT)
    told = {name: answer.headers[name] for name in (
        "content-type", "content-length", "content-disposition", "x-content-type-options", "accept-ranges", "etag",
        "cache-control",
    )}  # fmt: skip
    assert told == {
        "content-type": "application/octet-stream",
        "content-length": str(len(CONTENT)),
        "content-disposition": "attachment",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "etag": f'"{SHA256}"',
        "cache-control": "no-store",
    }


def test_the_name_at_the_end_may_be_anything(file):
    start = file.rsplit("/", 1)[0]

    assert [ask(address).status for address in (start, f"{start}/", f"{start}/other/name.bin")] == [200, 200, 200]


def test_a_station_goes_on_where_it_was_cut_off(file):
    answer = ask(file, range="bytes=1000000-", if_range=f'"{SHA256}"')

    assert (answer.status, answer.body) == (206, CONTENT[1_000_000:])
    assert answer.headers["content-range"] == f"bytes 1000000-{len(CONTENT) - 1}/{len(CONTENT)}"


def test_a_part_of_a_file_that_has_changed_since_is_not_served(file):
    answer = ask(file, range="bytes=1000000-", if_range='"another"')

    assert (answer.status, len(answer.body)) == (200, len(CONTENT))


def test_a_range_behind_the_end_is_refused_with_the_size(file):
    answer = ask(file, range="bytes=1048576-")

    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


def test_head_tells_what_get_would(file):
    answer = ask(file, "HEAD")

    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", str(len(CONTENT)))


def test_bytes_are_counted_and_the_last_one_is_noted(file):
    ask(file, range="bytes=0-999")
    wait_for(lambda: Transfer.objects.get().moved == 1000)
    assert not FirmwareUpdate.objects.get().steps.filter(kind="fetched").exists()

    ask(file, range="bytes=1000-")
    wait_for(lambda: FirmwareUpdate.objects.get().steps.filter(kind="fetched").exists())
    assert Transfer.objects.get().moved == len(CONTENT)


def test_of_a_station_that_hangs_up_only_what_it_took_is_counted(web, cs_1):
    large = b"x" * (32 * 1024 * 1024)
    made = make_firmware(content=large)
    location = request_update(FirmwareUpdate(station=cs_1, firmware=made), by="o").command.message["location"]
    with socket.create_connection(("127.0.0.1", web.port)) as line:
        line.sendall(f"GET {location.removeprefix(web.url)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        line.recv(1000)

    wait_for(lambda: Transfer.objects.get().used_at)
    assert Transfer.objects.get().moved < len(large)
    assert not FirmwareUpdate.objects.get().steps.filter(kind="fetched").exists()


# --- who may not


def test_whatever_is_wrong_with_an_address_it_is_not_found(web, file, live_tenant):
    guesses = ("", "x", live_tenant.slug, f"{live_tenant.slug}.", f"{live_tenant.slug}.{secrets.token_urlsafe(32)}",
               "nobody.abc", "../../etc/passwd", "%00", "%2e%2e/x")  # fmt: skip
    answers = [ask(f"{web.url}/files/{guess}") for guess in guesses]

    assert {(answer.status, answer.body) for answer in answers} == {(404, b"Not Found\n")}


def test_an_address_that_has_expired_is_not_found(file):
    Transfer.objects.update(expires_at=now() - timedelta(seconds=1))

    assert ask(file).status == 404


def test_a_downloads_address_takes_nothing_and_an_uploads_address_gives_nothing(file, box):
    assert ask(file, "PUT", b"x").status == 404
    assert ask(box).status == 404


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_other_methods_are_refused_with_those_that_are_not(file, method):
    answer = ask(file, method)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, PUT, POST")


def test_an_address_works_at_its_own_tenants_host_and_at_no_other(web, file, live_tenant):
    assert ask(file, host=f"{live_tenant.slug}.localhost").status == 200
    assert ask(file, host=f"{live_tenant.slug}.localhost:{web.port}").status == 200
    assert ask(file, host="localhost").status == 200
    assert ask(file, host="alpha.localhost").status == 404
    assert ask(file, host="unknown.example").status == 404


def test_an_address_works_at_the_host_that_stations_are_told_whatever_its_name(file, settings):
    settings.PUBLIC_URL = "https://files.example.com"

    assert ask(file, host="files.example.com").status == 200


def test_an_old_client_that_names_no_host_is_served(web, file):
    with socket.create_connection(("127.0.0.1", web.port)) as line:
        line.sendall(f"HEAD {file.removeprefix(web.url)} HTTP/1.0\r\n\r\n".encode())
        assert line.recv(100).split()[1] == b"200"


def test_a_secret_of_one_tenant_opens_nothing_at_another(web, file, live_tenant):
    with schema_scope(PUBLIC):
        other, _created = create_tenant(f"second-{secrets.token_hex(4)}", name="Second")
    try:
        stolen = file.replace(f"/files/{live_tenant.slug}.", f"/files/{other.slug}.")

        assert ask(stolen).status == 404
        assert ask(file).status == 200
    finally:
        with schema_scope(PUBLIC):
            delete_tenant(other)


def test_nothing_is_served_of_a_tenant_that_is_switched_off(file, live_tenant):
    Tenant.objects.filter(pk=live_tenant.pk).update(is_active=False)

    assert ask(file).status == 404


def test_only_digests_of_addresses_are_kept(file):
    token = file.split("/files/")[1].split("/")[0]

    assert Transfer.objects.get().token_digest == keyed_digest(token.encode(), purpose="transfer")


# --- bringing


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_bare_file_is_kept_under_the_name_in_its_address(box, method):
    assert ask(f"{box}/logs/diag%20a.tar.gz", method, CONTENT).status == 200

    kept = ReceivedFile.objects.get()
    assert (kept.name, kept.sha256, kept.size) == ("diag-a.tar.gz", SHA256, len(CONTENT))
    assert LogRequest.objects.get().state == "uploaded"


def test_a_file_in_a_form_is_kept_under_its_own_name(box):
    body, content_type = form_with(CONTENT, name="../../evil.sh", field="upload")

    assert ask(box, "POST", body, content_type=content_type).status == 200
    kept = ReceivedFile.objects.get()
    assert (kept.name, kept.sha256) == ("evil.sh", SHA256)


def test_a_file_without_length_or_name_is_kept(box):
    pieces = iter([CONTENT[:1000], CONTENT[1000:]])

    assert ask(box, "PUT", pieces).status == 200
    assert (ReceivedFile.objects.get().name, ReceivedFile.objects.get().sha256) == ("upload", SHA256)


def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_sent(web, box):
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.putrequest("PUT", box.removeprefix(web.url))
    connection.putheader("Content-Length", str(10**12))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()


def test_a_file_that_turns_out_too_large_is_refused_and_forgotten(box, blob_folder):
    Transfer.objects.update(size=1000)
    pieces = iter([b"x" * 40_000] * 3)

    assert ask(box, "PUT", pieces).status == 413
    assert not ReceivedFile.objects.exists()
    assert not blob_folder.exists()


def test_a_file_a_little_too_large_is_refused_and_forgotten(box, blob_folder):
    Transfer.objects.update(size=1000)

    assert ask(box, "PUT", b"x" * 1001).status == 403
    assert not ReceivedFile.objects.exists()
    assert not blob_folder.exists()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"part", {"content_range": "bytes 0-3/10"}, 400),
        (b"no form", {"content_type": "multipart/form-data"}, 403),
        (b"no form", {"content_type": "multipart/form-data; boundary=x"}, 403),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
         {"content_type": "multipart/form-data; boundary=x"}, 403),
    ],
)  # fmt: skip
def test_what_is_no_file_is_refused(box, body, headers, status):
    assert ask(box, "POST", body, **headers).status == status
    assert not ReceivedFile.objects.exists()


def test_an_upload_that_breaks_off_leaves_nothing(web, box, blob_folder):
    with socket.create_connection(("127.0.0.1", web.port)) as line:
        path = box.removeprefix(web.url)
        line.sendall(f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhalf".encode())

    assert ask(box, "PUT", b"whole").status == 200
    assert [kept.size for kept in ReceivedFile.objects.all()] == [5]


def test_an_archive_is_kept_as_it_came(box, blob_folder):
    bomb = b"PK\x03\x04" + b"\0" * 1000
    assert ask(f"{box}/a.zip", "PUT", bomb, content_encoding="gzip").status == 200

    assert [path.read_bytes() for path in blob_folder.rglob("*") if path.is_file()] == [bomb]
