"""The firmware library: what is taken in, and what may go."""

import io

import pytest

from apps.core.errors import UnableTo
from apps.stations.models import Firmware, FirmwareUpdate
from apps.stations.services import firmware, library
from tests.firmware import CONTENT, SHA256, make_firmware, put_blobs_into, signature_of


@pytest.fixture(autouse=True)
def blob_folder(settings, tmp_path):
    return put_blobs_into(settings, tmp_path / "blobs")


@pytest.fixture
def update(station):
    return firmware.request_update(FirmwareUpdate(station=station, firmware=make_firmware()), by="olga")


def test_a_file_is_kept_with_its_checksum_and_size(alpha, blob_folder):
    made = make_firmware("3.1", vendor="Voltbach", model="V2")

    assert (made.sha256, made.size, made.file_name) == (SHA256, len(CONTENT), "fw-3.1.bin")
    assert (blob_folder / alpha.schema_name / "stations" / SHA256).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fields", "options", "path"),
    [
        ({}, {"content": b""}, "$.file"),
        ({"signature": "AAAA"}, {}, "$.signature"),
        ({"signing_certificate": "-----BEGIN CERTIFICATE-----"}, {}, "$.signature"),
        ({"signature": "%%%", "signing_certificate": "x"}, {}, "$.signature"),
        ({"signature": "AAAA", "signing_certificate": "no certificate"}, {}, "$.signing_certificate"),
        ({"version": ""}, {}, "$.version"),
        ({}, {"sha256": "0" * 64}, "$.sha256"),
    ],
)
def test_what_can_not_be_right_is_refused_at_its_field(alpha, blob_folder, fields, options, path):
    content, expected = options.get("content", CONTENT), options.get("sha256", "")
    row = Firmware(**{"version": "2.0"} | fields)

    with pytest.raises(UnableTo) as refused:
        library.add_firmware(row, io.BytesIO(content), name="a.bin", by="olga", sha256=expected)

    assert path in [error.path for error in refused.value.errors]
    assert not blob_folder.exists()


def test_the_makers_checksum_is_compared_without_regard_to_case(alpha):
    row = Firmware(version="2.0", **signature_of(CONTENT))

    assert library.add_firmware(row, io.BytesIO(CONTENT), name="a.bin", by="o", sha256=f" {SHA256.upper()}\n").pk


def test_the_same_version_is_not_taken_twice(alpha):
    make_firmware("2.0", vendor="Voltbach")

    with pytest.raises(UnableTo):
        make_firmware("2.0", vendor="Voltbach")
    library.archive_firmware(Firmware.objects.get(), by="olga")
    assert make_firmware("2.0", vendor="Voltbach").pk


def test_unused_firmware_goes_with_its_bytes_unless_others_share_them(
    alpha, blob_folder, django_capture_on_commit_callbacks
):
    first, second = make_firmware("2.0"), make_firmware("2.1")
    blob = blob_folder / alpha.schema_name / "stations" / SHA256

    with django_capture_on_commit_callbacks(execute=True):
        library.delete_firmware(first, by="olga")
    assert blob.exists()
    with django_capture_on_commit_callbacks(execute=True):
        library.delete_firmware(second, by="olga")
    assert not blob.exists()


def test_used_firmware_stays(update):
    with pytest.raises(UnableTo, match="Archive it instead"):
        library.delete_firmware(update.firmware, by="olga")

    assert Firmware.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\fw\\v 2.bin", "v-2.bin"), ("", "file"), ("...", "file"),
        ("ünicode\0.bin", "nicode-.bin"), ("x" * 300 + ".tar.gz", "x" * 93 + ".tar.gz"),
    ],
)  # fmt: skip
def test_a_file_name_is_harmless_wherever_it_comes_from(name, kept):
    assert library.safe_name(name) == kept
