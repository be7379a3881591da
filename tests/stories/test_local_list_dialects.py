"""A card is blocked, and a station of any version learns it while it is still connected."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.core.clock import now
from apps.drivers.models import IdToken, LocalList, LocalListState
from apps.drivers.services import local_lists
from apps.drivers.services.tokens import block_token
from apps.stations.models import ChargingStation, CommandState, StationCommand, Variable
from tests.plugged import CALL, CALL_ERROR, CALL_RESULT, RawStation, wait_for

CARD = "04A2B3C4"
ABOUT_LISTS = ("GetLocalListVersion", "SendLocalList")
Json = dict[str, Any]


def obey(raw: RawStation, action: str, answer: Json) -> Json:
    """Answer when the station is asked for this; whatever else it is asked meanwhile it does not know."""
    while True:
        frame = raw.frame(lambda frame: frame[0] == CALL)
        if frame[2] == action:
            raw.socket.send(json.dumps([CALL_RESULT, frame[1], answer]))
            payload: Json = frame[3]
            return payload
        raw.socket.send(json.dumps([CALL_ERROR, frame[1], "NotImplemented", "", {}]))


def entry_of(version: str, payload: Json) -> tuple[str, str]:
    """The one entry of an update: the number and the verdict."""
    [entry] = payload["localAuthorizationList"]
    if version == "1.6":
        return entry["idTag"], entry["idTagInfo"]["status"]
    assert entry["idToken"]["type"] == "ISO14443"
    return entry["idToken"]["idToken"], entry["idTokenInfo"]["status"]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_a_blocked_card_reaches_the_station(
    depot: ChargingStation, plug: Callable[..., RawStation], run_outbox: Callable[[], None], version: str
) -> None:
    raw = plug(version)
    name = "listVersion" if version == "1.6" else "versionNumber"
    component, variable = ("", "LocalAuthListEnabled") if version == "1.6" else ("LocalAuthListCtrlr", "Enabled")
    for key, value in ((variable, "true"), ("LocalAuthListMaxLength", "9"), ("SendLocalListMaxLength", "9")):
        Variable.objects.create(station=depot, component=component, name=key, value=value, reported_at=now())
    ChargingStation.objects.update(ocpp_version=version)

    def settle() -> None:
        asked = StationCommand.objects.filter(action__in=ABOUT_LISTS, state=CommandState.SENT)
        wait_for(lambda: not asked.exists())
        run_outbox()

    local_lists.keep_all()
    assert obey(raw, "GetLocalListVersion", {name: 0}) == {}
    settle()
    first = obey(raw, "SendLocalList", {"status": "Accepted"})
    settle()
    LocalList.objects.update(asked_at=None)  # as if half a minute had gone by
    block_token(IdToken.objects.get(), by="story")
    run_outbox()
    second = obey(raw, "SendLocalList", {"status": "Accepted"})
    settle()

    assert (first["updateType"], first[name], *entry_of(version, first)) == ("Full", 1, CARD, "Accepted")
    assert (second["updateType"], second[name], *entry_of(version, second)) == ("Differential", 2, CARD, "Blocked")
    assert LocalList.objects.get().state == LocalListState.IN_STEP
