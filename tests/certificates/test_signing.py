"""Signed certificates: which chains are sent, and what becomes of them."""

import pytest

from apps.accounts.models import AuditEntry
from apps.certificates.messages import SignCertificate
from apps.certificates.models import CertificateRequest, RequestState
from apps.certificates.rules.judging import Flaw
from apps.certificates.services.requests import take_request
from apps.certificates.services.signing import longest_chain, sign
from apps.certificates.services.wording import NOT_ANSWERED, NOT_TAKEN, WORDS
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.models import StationCommand, Variable
from apps.stations.services.commands import time_out_command
from tests.certificates.making import DAY, make_key, pem, private_pem, request


@pytest.fixture
def csr():
    return request("SN-4711")


@pytest.fixture
def asked(caller, csr):
    take_request(caller, SignCertificate(csr=pem(csr), request_id=7))
    return CertificateRequest.objects.get()


def refused(asked, chain):
    """Why it is refused; nothing is sent."""
    with pytest.raises(UnableTo) as problem:
        sign(asked, chain=chain, by="ivan")
    assert not StationCommand.objects.exists()
    asked.refresh_from_db()
    assert asked.state == RequestState.RECEIVED
    return str(problem.value)


def test_the_chain_is_sent_leaf_first_without_what_was_pasted_around_it(asked, csr, authority, answer):
    sub = authority.below("CPO Sub")
    leaf = sub.sign(csr)
    sent = sign(asked, chain=f"Subject: hello\n{pem(leaf)}\nand\n{pem(sub.certificate)}", by="ivan")

    command = StationCommand.objects.get()
    assert command.kind == "certificates.CertificateSigned"
    assert command.message["certificate_chain"] == pem(leaf, sub.certificate)
    assert (command.message["request_id"], command.message["certificate_type"]) == (7, "ChargingStationCertificate")
    assert (sent.state, sent.valid_until) == (RequestState.SENT, leaf.not_valid_after_utc)
    entry = AuditEntry.objects.get(action="certificates.request.signed")
    assert (entry.actor, entry.detail["fingerprint"]) == ("ivan", sent.fingerprint)

    answer(command)
    asked.refresh_from_db()
    assert asked.state == RequestState.SIGNED


def test_a_station_that_does_not_take_it_leaves_the_request_to_be_signed_again(asked, csr, authority, answer):
    sign(asked, chain=pem(authority.sign(csr)), by="ivan")
    answer(StationCommand.objects.get(), "Rejected")

    asked.refresh_from_db()
    assert (asked.state, asked.note, asked.is_open) == (RequestState.FAILED, NOT_TAKEN, True)
    assert sign(asked, chain=pem(authority.sign(csr)), by="ivan").state == RequestState.SENT


def test_an_answer_that_comes_late_counts(asked, csr, authority, answer, run_outbox):
    sign(asked, chain=pem(authority.sign(csr)), by="ivan")
    command = StationCommand.objects.get()
    time_out_command(command.pk)
    run_outbox()
    asked.refresh_from_db()
    assert (asked.state, asked.note) == (RequestState.FAILED, NOT_ANSWERED)

    StationCommand.objects.filter(pk=command.pk).update(state="sent")
    answer(command)
    asked.refresh_from_db()
    assert (asked.state, asked.note) == (RequestState.SIGNED, "")


def test_a_certificate_for_another_key_is_refused(asked, authority):
    assert refused(asked, pem(authority.sign(request("SN-4711")))) == WORDS[Flaw.OTHER_KEY]


def test_a_chain_in_the_wrong_order_is_refused(asked, csr, authority):
    sub = authority.below("CPO Sub")
    stranger = authority.below("Another Sub")

    assert refused(asked, pem(sub.certificate, sub.sign(csr))) == WORDS[Flaw.OTHER_KEY]
    assert refused(asked, pem(sub.sign(csr), stranger.certificate)) == WORDS[Flaw.ORDER]
    assert refused(asked, pem(sub.sign(csr), authority.certificate, sub.certificate)) == WORDS[Flaw.ORDER]


def test_expired_and_future_certificates_are_refused(asked, csr, authority):
    past = authority.sign(csr, begins_in=-9 * DAY, ends_in=-DAY)
    future = authority.sign(csr, begins_in=DAY)

    assert refused(asked, pem(past)) == WORDS[Flaw.EXPIRED]
    assert refused(asked, pem(future)) == WORDS[Flaw.NOT_YET_VALID]


def test_an_authority_is_no_stations_certificate_and_a_station_no_authority(asked, csr, authority):
    assert refused(asked, pem(authority.sign(csr, is_authority=True))) == WORDS[Flaw.LEAF_IS_AUTHORITY]

    key = make_key()
    false_authority = type(authority)(csr.subject, key, authority.sign(request("SN-4711", key)))
    chain = pem(false_authority.sign(csr), false_authority.certificate)
    assert refused(asked, chain) == WORDS[Flaw.NO_AUTHORITY]


def test_what_is_no_chain_is_refused_and_private_keys_are_never_kept(asked, csr, authority):
    assert refused(asked, "hello") == WORDS[Flaw.UNREADABLE]
    assert refused(asked, pem(csr)) == WORDS[Flaw.UNREADABLE]
    assert refused(asked, pem(authority.sign(csr)) + private_pem(make_key())) == WORDS[Flaw.PRIVATE_KEY]
    assert "PRIVATE" not in CertificateRequest.objects.get().chain


@pytest.mark.parametrize(
    ("name", "component"), [("CertificateSignedMaxChainSize", ""), ("MaxCertificateChainSize", "SecurityCtrlr")]
)
def test_a_chain_is_no_longer_than_the_station_takes(asked, csr, authority, station, name, component):
    leaf = authority.sign(csr)
    size = len(pem(leaf))
    variable = Variable.objects.create(
        station=station, component=component, name=name, value=str(size - 1), reported_at=now()
    )
    assert refused(asked, pem(leaf)) == WORDS[Flaw.TOO_LONG]

    variable.value = str(size)
    variable.save()
    assert sign(asked, chain=pem(leaf), by="ivan").state == RequestState.SENT


@pytest.mark.parametrize("value", ["", "many", "0", "50000", "-3"])
def test_no_station_takes_more_than_ten_thousand_characters(station, value):
    Variable.objects.create(station=station, name="CertificateSignedMaxChainSize", value=value, reported_at=now())

    assert longest_chain(station) == 10_000


def test_a_request_is_answered_once(asked, csr, authority):
    sign(asked, chain=pem(authority.sign(csr)), by="ivan")

    with pytest.raises(UnableTo, match="sent"):
        sign(asked, chain=pem(authority.sign(csr)), by="ivan")
