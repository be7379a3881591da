"""Requests for a certificate: what is accepted, what is refused and why, and what a repetition means."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from apps.accounts.models import AuditEntry
from apps.certificates.messages import CertificateSigningUse, SignCertificate
from apps.certificates.models import CertificateRequest, RequestState
from apps.certificates.rules.judging import Flaw
from apps.certificates.services.requests import ask_for_request, refuse, take_request
from apps.certificates.services.wording import WORDS
from apps.core.errors import UnableTo
from apps.stations.models import SecurityEvent
from tests.certificates.making import forged, pem, request


def take(caller, csr, **facts):
    return take_request(caller, SignCertificate(csr=csr, **facts)).accepted


def the_request() -> CertificateRequest:
    return CertificateRequest.objects.get()


def test_a_request_of_the_station_is_accepted_and_waits(caller):
    assert take(caller, pem(request("SN-4711")))

    kept = the_request()
    assert (kept.state, kept.note) == (RequestState.RECEIVED, "")
    assert (kept.common_name, kept.organization) == ("SN-4711", "Depot GmbH")
    assert (kept.key_kind, kept.key_bits) == ("EC", 256)
    assert kept.subject == "CN=SN-4711,O=Depot GmbH"


@pytest.mark.parametrize("name", ["SN-4711", "sn-4711", "CS-1"])
def test_the_common_name_is_the_serial_number_or_the_identity(caller, name):
    assert take(caller, pem(request(name)))


def test_a_request_for_another_station_is_rejected_and_alarms(caller):
    assert not take(caller, pem(request("SN-9999")))

    assert (the_request().state, the_request().note) == (RequestState.REFUSED, WORDS[Flaw.OTHER_STATION])
    event = SecurityEvent.objects.get()
    assert (event.type, event.is_ours, event.needs_attention) == ("CertificateRequestForAnother", True, True)
    assert event.tech_info == "CN=SN-9999,O=Depot GmbH"


def test_a_request_for_plug_and_charge_may_bear_another_name(caller):
    assert take(caller, pem(request("DE*ABC*E1")), certificate_type=CertificateSigningUse.V2G)


@pytest.mark.parametrize(
    "csr", ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_what_can_not_be_read_is_rejected_and_shown(caller, csr):
    assert not take(caller, csr)

    assert (the_request().state, the_request().note) == (RequestState.REFUSED, WORDS[Flaw.UNREADABLE])
    assert the_request().csr == csr


def test_a_signature_that_does_not_fit_is_rejected(caller):
    assert not take(caller, forged("SN-4711"))

    assert the_request().note == WORDS[Flaw.NOT_PROVEN]


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP192R1()), dsa.generate_private_key(2048)],
    ids=["rsa", "ec", "dsa"],
)
def test_a_weak_key_is_rejected(caller, key):
    assert not take(caller, pem(request("SN-4711", key)))

    assert the_request().note == WORDS[Flaw.WEAK_KEY]


def test_an_rsa_key_of_2048_bits_is_strong_enough(caller):
    assert take(caller, pem(request("SN-4711", rsa.generate_private_key(65537, 2048))))

    assert (the_request().key_kind, the_request().key_bits) == ("RSA", 2048)


def test_base64_without_the_lines_around_it_and_escaped_line_ends_are_read(caller):
    good = pem(request("SN-4711"))
    bare = "".join(good.split("\n")[1:-2])

    assert take(caller, bare)
    assert take(caller, good.replace("\n", "\\n"))
    assert (the_request().count, the_request().digest) == (2, the_request().digest)


def test_the_same_request_once_more_is_one_row(caller):
    csr = pem(request("SN-4711"))

    assert take(caller, csr, request_id=1)
    assert take(caller, csr, request_id=2)

    assert (the_request().count, the_request().request_id) == (2, 2)


def test_a_request_that_somebody_refused_stays_refused(caller):
    csr = pem(request("SN-4711"))
    take(caller, csr)
    refuse(the_request(), by="ivan", note="Unknown hardware")

    assert not take(caller, csr)
    assert (the_request().state, the_request().note, the_request().decided_by) == (
        "refused",
        "Unknown hardware",
        "ivan",
    )
    assert AuditEntry.objects.get(action="certificates.request.refused").actor == "ivan"
    with pytest.raises(UnableTo, match="refused"):
        refuse(the_request(), by="ivan")


def test_a_request_that_came_before_the_serial_number_was_known_is_judged_anew(caller, station):
    csr = pem(request("SN-NEW"))
    assert not take(caller, csr)

    station.serial_number = "SN-NEW"
    station.save()

    assert take(caller, csr)
    assert (the_request().state, the_request().note) == (RequestState.RECEIVED, "")


def test_of_a_station_that_asks_nonsense_for_ever_the_newest_are_kept(caller):
    for number in range(60):
        take(caller, f"nonsense {number}")

    assert CertificateRequest.objects.count() == 50
    assert CertificateRequest.objects.first().csr == "nonsense 59"


def test_a_station_is_asked_to_ask(station):
    command = ask_for_request(station, by="ivan")

    assert (command.kind, command.message["requested"]) == ("stations.TriggerMessage", "SignChargingStationCertificate")
    assert command.message["extended"] is True
