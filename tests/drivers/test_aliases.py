"""Card numbers that readers show in reverse or cut off (Q73)."""

from collections.abc import Callable

import pytest

from apps.accounts.models import AuditEntry
from apps.core.errors import UnableTo
from apps.drivers.messages import AuthorizationStatus, IdTokenSeen
from apps.drivers.models import IdToken, TokenAlias
from apps.drivers.services import authorize, find_token
from apps.drivers.services.aliases import accept_quirk, approve_alias, remove_alias
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkObservation, QuirkState
from apps.stations.services.quirks import dismiss_observation

CARD = "04A1B2C3D4E5F6"
REVERSED = "F6E5D4C3B2A104"
BY = "ada@alpha.example"


@pytest.fixture
def station(alpha: object, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station()


@pytest.fixture
def card(station: ChargingStation) -> IdToken:
    return IdToken.objects.create(value=CARD, label="Ada's card")


def show(station: ChargingStation, value: str) -> AuthorizationStatus:
    return authorize(IdTokenSeen(value=value), station_id=station.pk, evse=1).status


@pytest.mark.parametrize(
    ("shown", "way"), [(REVERSED, "reversed"), ("f6:e5:d4:c3:b2:a1:04", "reversed"), (CARD[:12], "first12")]
)
def test_q73_a_number_that_looks_like_a_cards_is_refused_and_proposed(
    station: ChargingStation, card: IdToken, shown: str, way: str
) -> None:
    assert show(station, shown) == AuthorizationStatus.INVALID

    seen = QuirkObservation.objects.get()
    assert (seen.kind, seen.value, seen.state) == (Quirk.REVERSED_TOKEN, f"{card.pk}:{way}", QuirkState.OPEN)
    assert CARD not in str(seen.evidence)
    assert shown not in str(seen.evidence)


def test_q73_an_approved_number_opens_charges_of_the_card_at_every_station(
    station: ChargingStation, card: IdToken, make_station: Callable[..., ChargingStation]
) -> None:
    show(station, REVERSED)

    accept_quirk(QuirkObservation.objects.get(), by=BY)

    assert show(make_station("CS-2"), REVERSED) == AuthorizationStatus.ACCEPTED
    assert find_token(IdTokenSeen(value=REVERSED)) == card
    assert TokenAlias.objects.get().approved_by == BY
    assert AuditEntry.objects.filter(action="drivers.tokenalias.approved").count() == 1


def test_q73_an_exact_number_always_counts_more_than_an_approved_one(station: ChargingStation, card: IdToken) -> None:
    approve_alias(card, way="reversed", by=BY)
    other = IdToken.objects.create(value=REVERSED)

    assert find_token(IdTokenSeen(value=REVERSED)) == other


def test_q73_another_cards_number_is_not_approved(station: ChargingStation, card: IdToken) -> None:
    IdToken.objects.create(value=REVERSED)

    with pytest.raises(UnableTo, match="another card's"):
        approve_alias(card, way="reversed", by=BY)


def test_q73_a_number_is_given_once_and_can_be_taken_away(station: ChargingStation, card: IdToken) -> None:
    alias = approve_alias(card, way="first12", by=BY)
    with pytest.raises(UnableTo, match="already"):
        approve_alias(card, way="first12", by=BY)

    remove_alias(alias, by=BY)

    assert show(station, CARD[:12]) == AuthorizationStatus.INVALID


def test_q73_what_was_dismissed_gives_the_number_to_nobody(station: ChargingStation, card: IdToken) -> None:
    show(station, REVERSED)
    dismiss_observation(QuirkObservation.objects.get(), by=BY)

    assert show(station, REVERSED) == AuthorizationStatus.INVALID
    assert QuirkObservation.objects.get().count == 2


@pytest.mark.parametrize("shown", ["ABCD", "HELLO-WORLD", "0000000000", "", "04A1B2C4"])
def test_q73_an_unlike_number_proposes_nothing(station: ChargingStation, card: IdToken, shown: str) -> None:
    assert show(station, shown) == AuthorizationStatus.INVALID
    assert not QuirkObservation.objects.exists()


def test_q73_a_beginning_that_two_cards_share_proposes_neither(station: ChargingStation, card: IdToken) -> None:
    IdToken.objects.create(value=CARD[:12] + "99")

    show(station, CARD[:12])

    assert not QuirkObservation.objects.exists()
