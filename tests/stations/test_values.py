"""When two values are the same, what to try next, and what may be written (Q72)."""

import pytest

from apps.stations.rules.configuration import attempts, next_attempt, same_value
from apps.stations.services.known_keys import KNOWN_KEYS, KeyKind, known_key
from apps.stations.services.values import wrong_value

FULL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("TRUE", "true"), ("1", "true"), ("off", "false"), ('"60"', "60"), (" 60 ", "60"), ("60.0", "60"),
        ("060", "60"), ("W", "Power"), ("A,W", "Current,Power"), ("b, a", "A,B"),
        ("'Energy.Active.Import.Register'", FULL.split(",")[0]),
        ("", ""), ("-1", "-1"),
    ],
)  # fmt: skip
def test_q72_a_value_spelled_otherwise_is_the_same(told: str, wanted: str) -> None:
    assert same_value(told, wanted)
    assert same_value(wanted, told)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (None, ""), ("", "60"), ("61", "60"), ("true", "false"), ("1", "false"), ("1", "2"), ("A", "Power"),
        ("a,a", "a"),
        ("NaN", "60"), ("1e999999", "60"), ("Energy.Active.Import.Register", FULL),
    ],
)  # fmt: skip
def test_another_value_is_not_the_same(told: str | None, wanted: str) -> None:
    assert not same_value(told, wanted)


def test_a_refused_list_is_shortened_down_to_the_energy_register() -> None:
    assert attempts(FULL) == [
        FULL,
        "Energy.Active.Import.Register,Power.Active.Import,Current.Import",
        "Energy.Active.Import.Register,Power.Active.Import",
        "Energy.Active.Import.Register",
    ]
    assert attempts("SoC,Energy.Active.Import.Register")[-1] == "Energy.Active.Import.Register"
    assert attempts("Voltage,SoC") == ["Voltage,SoC", "Voltage"]
    assert attempts("") == [""]


def test_a_list_is_no_longer_than_the_station_can_hold() -> None:
    assert attempts(FULL, at_most=2)[0] == "Energy.Active.Import.Register,Power.Active.Import"
    assert attempts(FULL, at_most=0)[0] == FULL


def test_after_each_refusal_comes_the_next_shorter_one_and_then_nothing() -> None:
    rungs = ["a,b", "a"]

    assert [next_attempt(rungs, refused) for refused in (None, "a,b", "a", "unheard of")] == ["a,b", "a", None, "a,b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HeartbeatInterval", "0"), ("HeartbeatInterval", "ten"), ("HeartbeatInterval", ""), ("LightIntensity", "101"),
        ("WebSocketPingInterval", "-1"), ("WebSocketPingInterval", "٣"), ("StopTransactionOnInvalidId", "maybe"),
        ("MeterValuesSampledData", "Energy.Nonsense"), ("SecurityProfile", "0"),
    ],
)  # fmt: skip
def test_a_value_that_can_not_be_right_is_named(name: str, value: str) -> None:
    key = KNOWN_KEYS[name.casefold()]

    assert wrong_value(key.kind, value, key=key)


@pytest.mark.parametrize("key", KNOWN_KEYS.values(), ids=lambda key: key.name)
def test_every_standard_key_is_explained_and_its_proposal_is_right(key: object) -> None:
    known = known_key("", key.name.upper())  # type: ignore[attr-defined]

    assert known is key
    assert str(known.help).endswith(".")
    if known.default:
        assert wrong_value(known.kind, known.default, key=known) == ""
    assert known.choices or known.kind not in (KeyKind.CHOICES, KeyKind.MEASURANDS)


def test_a_variable_of_2_x_is_no_key_of_1_6() -> None:
    assert known_key("OCPPCommCtrlr", "HeartbeatInterval") is None
