"""The verdict whether a token may charge."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.clock import now
from apps.drivers.messages import AuthorizationStatus, Authorize, IdTokenInfo, IdTokenSeen, TokenType
from apps.drivers.models import Driver, IdToken, TokenStatus
from apps.drivers.services import answer_authorize, authorising, authorize, authorize_local
from apps.stations.messages import Caller, OcppVersion
from apps.stations.models import ChargingStation
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

CARD = "04A1B2C3D4E5F6"


def verdict(value: str = CARD, kind: TokenType = TokenType.ISO14443) -> IdTokenInfo:
    station_id = ChargingStation.objects.values_list("pk", flat=True).first() or 0
    return authorize(IdTokenSeen(value=value, type=kind), station_id=station_id, evse=1)


@pytest.fixture
def card(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> IdToken:
    make_station("CS-9")
    return IdToken.objects.create(value=CARD, driver=Driver.objects.create(name="Ada"))


def test_an_active_token_may_charge(card: IdToken) -> None:
    assert verdict() == IdTokenInfo(status=AuthorizationStatus.ACCEPTED)


def test_group_and_expiry_are_told_to_the_station(card: IdToken) -> None:
    expires_at = now() + timedelta(days=1)
    IdToken.objects.update(group="FLEET", expires_at=expires_at)

    assert (verdict().group, verdict().expires_at) == ("FLEET", expires_at)


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"status": TokenStatus.BLOCKED}, AuthorizationStatus.BLOCKED, "The token is blocked."),
        ({"status": TokenStatus.LOST}, AuthorizationStatus.BLOCKED, "The token was reported lost."),
        (
            {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
            AuthorizationStatus.EXPIRED,
            "The token has expired.",
        ),
        (
            {"expires_at": datetime(2020, 1, 1, tzinfo=UTC), "status": TokenStatus.BLOCKED},
            AuthorizationStatus.BLOCKED,
            "The token is blocked.",
        ),
    ],
)
def test_every_refusal_says_why(card: IdToken, fields: dict[str, Any], status: str, reason: str) -> None:
    IdToken.objects.update(**fields)

    assert (verdict().status, verdict().reason) == (status, reason)


def test_the_token_of_an_archived_driver_is_refused(card: IdToken) -> None:
    Driver.objects.update(archived_at=now())

    assert verdict().status is AuthorizationStatus.BLOCKED


@pytest.mark.parametrize("value", ["", "FFFF", CARD[:-2], CARD + "00", "x" * 50_000, "a\0b"])
def test_an_unknown_token_is_invalid(card: IdToken, value: str) -> None:
    assert verdict(value).status is AuthorizationStatus.INVALID
    assert authorize_local(IdTokenSeen(value=value), station_id=1, evse=None) is None


@pytest.mark.parametrize("shown", ["04a1b2c3d4e5f6", "04:A1:B2:C3:D4:E5:F6", " 04-a1-b2-c3-d4-e5-f6 "])
def test_q73_tokens_are_compared_in_canonical_form(card: IdToken, shown: str) -> None:
    assert verdict(shown).status is AuthorizationStatus.ACCEPTED


def test_q73_a_reversed_number_is_another_card(card: IdToken) -> None:
    assert verdict("F6E5D4C3B2A104").status is AuthorizationStatus.INVALID


@pytest.mark.parametrize("kind", [TokenType.NO_AUTHORIZATION, TokenType.LOCAL])
def test_q81_kinds_that_identify_nobody_need_no_token(card: IdToken, kind: TokenType) -> None:
    assert verdict("", kind).status is AuthorizationStatus.ACCEPTED


def test_a_number_typed_on_a_keypad_is_not_the_card_with_that_number(card: IdToken) -> None:
    assert verdict(CARD, TokenType.KEY_CODE).status is AuthorizationStatus.INVALID


@pytest.mark.parametrize("kind", [TokenType.EMAID, TokenType.CENTRAL, TokenType.KEY_CODE, TokenType.ISO15693])
def test_1_6_shows_every_kind_as_rfid(alpha: Tenant, kind: TokenType) -> None:
    IdToken.objects.create(value="DEOHMC00000001", type=kind)

    assert verdict("DEOHMC00000001", TokenType.ISO14443).status is AuthorizationStatus.ACCEPTED
    assert verdict("DEOHMC00000001", kind).status is AuthorizationStatus.ACCEPTED


def test_a_kind_that_2_0_1_does_not_know_comes_back_as_central(alpha: Tenant) -> None:
    IdToken.objects.create(value="PAYMENT-1", type=TokenType.DIRECT_PAYMENT)

    assert verdict("PAYMENT-1", TokenType.CENTRAL).status is AuthorizationStatus.ACCEPTED
    assert verdict("PAYMENT-1", TokenType.EMAID).status is AuthorizationStatus.INVALID


def test_a_token_of_another_tenant_is_unknown_here(card: IdToken, beta: Tenant) -> None:
    with schema_scope(beta.schema_name):
        assert verdict().status is AuthorizationStatus.INVALID


def test_the_first_authorizer_that_knows_the_token_decides(alpha: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    roaming = IdTokenInfo(status=AuthorizationStatus.NO_CREDIT)
    monkeypatch.setattr(authorising, "_authorizers", lambda: (authorize_local, lambda token, **_place: roaming))

    assert verdict("ROAMING") == roaming
    IdToken.objects.create(value="ROAMING")
    assert verdict("ROAMING").status is AuthorizationStatus.ACCEPTED


def test_an_authorize_is_answered(card: IdToken, make_station: Callable[..., ChargingStation]) -> None:
    station = make_station("CS-1")
    caller = Caller(station_id=station.pk, version=OcppVersion.V16, epoch=1, received_at=now())

    answer = answer_authorize(caller, Authorize(id_token=IdTokenSeen(value=CARD)))

    assert answer.id_token_info.status is AuthorizationStatus.ACCEPTED
