"""Whatever stations and people call a certificate: it is read, or it is said that it can't be."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import assume, given
from hypothesis import settings as pace
from hypothesis import strategies as st

from apps.certificates.rules.facts import facts_of_certificate, facts_of_request, hash_data_of
from apps.certificates.rules.judging import flaw_of_request, flaw_of_root
from apps.certificates.rules.reading import MOST_CHARS, Unreadable, certificates_in, request_in
from apps.core.clock import now
from tests.certificates.making import Authority, pem, request

CSR = request("SN-1").public_bytes(Encoding.DER)
RSA_CSR = request("SN-1", rsa.generate_private_key(65537, 2048)).public_bytes(Encoding.DER)
ROOT = Authority.root("Root").certificate.public_bytes(Encoding.DER)
PACE = pace(max_examples=600, deadline=None, derandomize=True)


@st.composite
def damaged(draw, der):
    """A few bytes changed, cut or put in."""
    data = bytearray(der)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1))
        how = draw(st.sampled_from(["change", "cut", "insert"]))
        if how == "change":
            data[place] = draw(st.integers(0, 255))
        elif how == "cut":
            del data[place : place + draw(st.integers(1, 4))]
        else:
            data[place:place] = draw(st.binary(min_size=1, max_size=4))
    assume(bytes(data) != der)
    return bytes(data)


@given(der=damaged(CSR) | damaged(RSA_CSR))
@PACE
def test_a_damaged_request_is_unreadable_or_not_proven(der):
    try:
        facts = facts_of_request(request_in(base64.b64encode(der).decode()))
    except Unreadable:
        return
    assert not facts.is_proven
    assert flaw_of_request(facts, names=["SN-1"])


@given(der=damaged(ROOT))
@PACE
def test_a_damaged_certificate_is_unreadable_or_judged(der):
    text = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE-----"
    try:
        read = certificates_in(text)
    except Unreadable:
        return
    facts_of_certificate(read[0])
    hash_data_of(read[0])
    flaw_of_root(read, at=now())


@given(text=st.text(max_size=300))
@PACE
def test_any_text_is_read_or_refused(text):
    for read in (request_in, certificates_in):
        with pytest.raises(Unreadable):
            read(text)


def test_too_much_is_not_looked_at():
    with pytest.raises(Unreadable):
        certificates_in(pem(Authority.root("Root").certificate) + " " * MOST_CHARS)
