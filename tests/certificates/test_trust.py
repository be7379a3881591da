"""Roots in stations: installed, listed, deleted."""

import hashlib
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.accounts.models import AuditEntry
from apps.certificates.messages import CertificateHashData, CertificateUse, HashAlgorithm
from apps.certificates.messages import InstalledCertificate as Told
from apps.certificates.models import InstalledCertificate, InstalledState
from apps.certificates.rules.facts import hash_data_of
from apps.certificates.rules.judging import Flaw
from apps.certificates.services.answers import take_answer
from apps.certificates.services.trust import delete, install, read, uses_to_install, uses_to_read
from apps.certificates.services.wording import KEPT, NOT_TAKEN, WORDS
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.models import StationCommand
from tests.certificates.making import DAY, Authority, make_key, pem, private_pem, request

CSMS, MAKER = CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT


@pytest.fixture
def listed(station, answer):
    """`listed(name, …)`: the station lists certificates under these names; `asked` are the uses of the question."""

    def tell(*names, use=CSMS, asked=(CSMS,), status="Accepted"):
        [command] = read(station, by="ivan", uses=asked)
        words = ["CentralSystemRootCertificate" if one is CSMS else one.value for one in asked]
        StationCommand.objects.filter(pk=command.pk).update(payload={"certificateType": words[0]})
        told = tuple(Told(use=use, hash_data=name) for name in names)
        answer(command, status, accepted=status in ("Accepted", "NotFound"), data=told)

    return tell


def installed(station, authority, use=CSMS):
    return install(station, use=use, pem=pem(authority.certificate), by="ivan")


def the_one():
    return InstalledCertificate.objects.get()


def some_name(serial="1f"):
    return CertificateHashData(
        hash_algorithm=HashAlgorithm.SHA256, issuer_name_hash="AB" * 32, issuer_key_hash="cd" * 32, serial_number=serial
    )


@pytest.mark.parametrize("use", [CSMS, MAKER])
def test_a_root_is_sent_and_kept_with_what_it_says(station, authority, answer, use):
    row = installed(station, authority, use)

    command = StationCommand.objects.get()
    assert command.kind == "certificates.InstallCertificate"
    assert command.message == {"use": use.value, "certificate": pem(authority.certificate)}
    assert (row.subject, row.issuer) == ("CN=CPO Root,O=Depot GmbH", "CN=CPO Root,O=Depot GmbH")
    assert row.valid_until == authority.certificate.not_valid_after_utc
    assert AuditEntry.objects.get(action="certificates.root.installed").detail["fingerprint"] == row.fingerprint

    answer(command)
    assert (the_one().state, the_one().told_at) == (InstalledState.INSTALLED, None)


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_a_root_that_the_station_does_not_take_is_shown_as_such_and_may_be_sent_again(
    station, authority, answer, status
):
    installed(station, authority)
    answer(StationCommand.objects.get(), status)
    assert (the_one().state, the_one().note) == (InstalledState.FAILED, NOT_TAKEN)

    installed(station, authority)
    assert (the_one().state, the_one().note) == (InstalledState.ASKED, "")


def test_what_is_no_root_is_not_sent(station, authority):
    bad = {
        WORDS[Flaw.UNREADABLE]: "hello",
        WORDS[Flaw.PRIVATE_KEY]: pem(authority.certificate) + private_pem(make_key()),
        WORDS[Flaw.MORE_THAN_ONE]: pem(authority.certificate, authority.certificate),
        WORDS[Flaw.NO_AUTHORITY]: pem(authority.sign(request("SN-4711"))),
        WORDS[Flaw.EXPIRED]: pem(Authority.root("Old", begins_in=-9 * DAY, ends_in=-DAY).certificate),
        WORDS[Flaw.NOT_YET_VALID]: pem(Authority.root("New", begins_in=DAY).certificate),
    }
    for why, text in bad.items():
        with pytest.raises(UnableTo) as problem:
            install(station, use=CSMS, pem=text, by="ivan")
        assert str(problem.value) == why
    assert not StationCommand.objects.exists()


def test_each_version_has_its_uses(station):
    assert uses_to_install(station) == uses_to_read(station) == (CSMS, MAKER)
    with pytest.raises(UnableTo, match="OCPP version"):
        install(station, use=CertificateUse.V2G_ROOT, pem="", by="ivan")

    station.ocpp_version = "2.0.1"
    assert CertificateUse.V2G_ROOT in uses_to_install(station)
    assert CertificateUse.OEM_ROOT not in uses_to_install(station)
    assert CertificateUse.V2G_CHAIN in uses_to_read(station)
    station.ocpp_version = "2.1"
    assert CertificateUse.OEM_ROOT in uses_to_install(station)


def test_1_6_is_asked_once_for_each_use_and_2_x_once_for_all(station):
    assert [command.message["uses"] for command in read(station, by="ivan")] == [(CSMS,), (MAKER,)]

    station.ocpp_version = "2.1"
    [command] = read(station, by="ivan")
    assert len(command.message["uses"]) == 6


def test_a_root_that_we_installed_is_recognised_by_whatever_hash_the_station_uses(station, authority, answer, listed):
    installed(station, authority)
    answer(StationCommand.objects.get())
    name = hash_data_of(authority.certificate, HashAlgorithm.SHA384)
    listed(
        CertificateHashData(
            hash_algorithm=HashAlgorithm.SHA384,
            issuer_name_hash=name.issuer_name_hash.upper(),
            issuer_key_hash=name.issuer_key_hash,
            serial_number="00" + name.serial_number,
        )
    )

    row = the_one()
    assert (row.hash_algorithm, row.subject) == ("SHA384", "CN=CPO Root,O=Depot GmbH")
    assert row.serial_number == "00" + name.serial_number  # its own words are what it wants to hear (M04.FR.07)
    assert row.told_at is not None


def test_what_nobody_installed_here_is_listed_by_its_name(station, listed):
    listed(some_name())
    listed(some_name())

    row = the_one()
    assert (row.use, row.serial_number, row.subject, row.state) == (CSMS, "1f", "", InstalledState.INSTALLED)


def test_what_the_list_leaves_out_is_gone_but_only_of_the_use_that_was_asked_for(station, listed):
    listed(some_name("1f"), some_name("2f"))
    listed(some_name("3f"), use=MAKER, asked=(MAKER,))
    listed(some_name("1f"))

    states = dict(InstalledCertificate.objects.values_list("serial_number", "state"))
    assert states == {"1f": "installed", "2f": "gone", "3f": "installed"}


def test_not_found_means_that_there_are_none(station, listed):
    listed(some_name())
    listed(status="NotFound")

    assert the_one().state == InstalledState.GONE


def test_a_station_that_refuses_to_list_changes_nothing(station, listed):
    listed(some_name())
    listed(status="Rejected")

    assert the_one().state == InstalledState.INSTALLED


def test_a_root_is_deleted_by_the_name_the_station_gave_it(station, listed, answer):
    listed(some_name(), use=MAKER, asked=(MAKER,))
    delete(the_one(), by="ivan")

    command = StationCommand.objects.get(kind="certificates.DeleteCertificate")
    assert command.message["hash_data"] == {
        "hash_algorithm": "SHA256", "issuer_name_hash": "AB" * 32, "issuer_key_hash": "cd" * 32, "serial_number": "1f",
    }  # fmt: skip
    assert the_one().state == InstalledState.DELETING
    answer(command)
    assert the_one().state == InstalledState.DELETED
    assert AuditEntry.objects.get(action="certificates.root.deleted").actor == "ivan"
    with pytest.raises(UnableTo, match="not known to have"):
        delete(the_one(), by="ivan")


def test_the_root_of_our_own_connection_goes_only_when_somebody_is_sure(station, listed):
    listed(some_name("1f"))
    with pytest.raises(UnableTo, match="only root"):
        delete(the_one(), by="ivan")

    listed(some_name("1f"), some_name("2f"))
    row = InstalledCertificate.objects.get(serial_number="1f")
    with pytest.raises(UnableTo, match="Confirm that another one does"):
        delete(row, by="ivan")
    assert delete(row, by="ivan", is_sure=True).state == InstalledState.DELETING


@pytest.mark.parametrize(("status", "state", "note"), [("Failed", "installed", KEPT), ("NotFound", "gone", "")])
def test_a_root_that_the_station_does_not_delete_stays_and_one_it_does_not_know_is_gone(
    station, listed, answer, status, state, note
):
    listed(some_name())
    delete(the_one(), by="ivan", is_sure=True)
    answer(StationCommand.objects.get(kind="certificates.DeleteCertificate"), status)

    assert (the_one().state, the_one().note) == (state, note)


def test_a_sub_authority_is_deleted_only_once_the_station_has_named_it_whole(station, authority, answer, listed):
    sub = authority.below("CPO Sub").certificate
    install(station, use=MAKER, pem=pem(sub), by="ivan")
    answer(StationCommand.objects.get())
    with pytest.raises(UnableTo, match="Read the station's certificates first"):
        delete(the_one(), by="ivan")

    name = hash_data_of(sub)
    whole = CertificateHashData(
        hash_algorithm=name.hash_algorithm, issuer_name_hash=name.issuer_name_hash, issuer_key_hash="ee" * 32,
        serial_number=name.serial_number,
    )  # fmt: skip
    listed(whole, use=MAKER, asked=(MAKER,))
    assert delete(the_one(), by="ivan").issuer_key_hash == "ee" * 32


def test_the_name_of_a_root_is_that_of_rfc_6960(authority):
    """Computed here a second way: SHA-256 of the issuer's DER name and of the bits of its key."""
    certificate = authority.certificate
    point = certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = hash_data_of(certificate)

    assert name.issuer_name_hash == hashlib.sha256(certificate.issuer.public_bytes()).hexdigest()
    assert name.issuer_key_hash == hashlib.sha256(point).hexdigest()
    assert int(name.serial_number, 16) == certificate.serial_number


def test_a_list_that_is_heard_late_says_nothing_of_what_has_happened_since(station, listed, answer):
    listed(some_name("1f"), use=MAKER, asked=(MAKER,))
    [question] = read(station, by="ivan", uses=[MAKER])
    early = now() - timedelta(minutes=1)
    delete(the_one(), by="ivan")
    answer(StationCommand.objects.get(kind="certificates.DeleteCertificate"))

    told = (Told(use=MAKER, hash_data=some_name("1f")),)
    StationCommand.objects.filter(pk=question.pk).update(
        state="accepted", sent_at=early, result=msgspec.to_builtins(told), payload={"certificateType": MAKER.value}
    )
    take_answer(str(question.pk))

    assert the_one().state == InstalledState.DELETED
