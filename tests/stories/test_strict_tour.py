"""Everything that can be said, to and by a station of somebody else's library in strict validation."""

import pytest

from apps.accounts.messages import Scope
from apps.accounts.services.keys import create_api_key
from apps.dialects.adapters.schemas import COMMANDS, request_schema
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command
from tests.dialects.said import SAID_16
from tests.dialects.said_2 import SAID_2
from tests.dialects.shapes import shapes
from tests.plugged import wait_for
from tests.stories.certifying import stamp
from tests.stories.conftest import CARD
from tests.stories.strict import StrictStation

FINAL = {"accepted", "rejected", "not_honoured"}
SAID = {
    OcppVersion.V16: [message for message, _action, _payload in SAID_16],
    OcppVersion.V201: [said[0] for said in SAID_2],
}


@pytest.fixture
def strict(gateway, depot, live_tenant, request):
    station = StrictStation(gateway.port, live_tenant.slug, request.param)
    yield station
    station.unplug()


def boot_16(strict):
    answer = strict.call("BootNotification", charge_point_vendor="V", charge_point_model="M")
    assert (answer.status, answer.interval > 0) == ("Accepted", True)


def boot_201(strict):
    about = {"vendor_name": "V", "model": "M"}
    assert strict.call("BootNotification", charging_station=about, reason="PowerUp").status == "Accepted"


BOOTS = {OcppVersion.V16: boot_16, OcppVersion.V201: boot_201}
each_version = pytest.mark.parametrize("strict", BOOTS, indirect=True)
of_16 = pytest.mark.parametrize("strict", [OcppVersion.V16], indirect=True)


def finished(command):
    def look():
        command.refresh_from_db()
        return not command.is_open

    wait_for(look)
    return command


def assert_untroubled(strict):
    """The station found nothing wrong, everything was answered, and the socket stands."""
    assert strict.complaints == []
    assert strict.is_connected
    assert not StationCommand.objects.filter(state__in=("failed", "timed_out")).exists()


@each_version
def test_a_strict_station_stays_connected_through_every_command_in_our_words(strict, depot):
    version = OcppVersion(strict.station._ocpp_version)
    BOOTS[version](strict)

    for message in SAID[version]:
        command = finished(queue_command(ChargingStation.objects.get(), message, by="olga"))
        assert command.state in FINAL, (message, command.error)

    assert_untroubled(strict)


@each_version
def test_a_strict_station_takes_every_action_that_programs_may_send(strict, depot, live_tenant, client):
    version = OcppVersion(strict.station._ocpp_version)
    BOOTS[version](strict)
    _key, plain = create_api_key("tour", scopes=tuple(Scope), by="olga")
    headers = {"Host": f"{live_tenant.slug}.localhost", "Authorization": f"Bearer {plain}"}

    for action in COMMANDS[version]:
        for payload in shapes(version, request_schema(version, action))[:2]:
            answer = client.post(
                "/api/v1/stations/CS-1/commands",
                {"action": action, "payload": payload},
                content_type="application/json",
                headers=headers,
            )
            assert answer.status_code == 202, (action, answer.content)
            command = finished(StationCommand.objects.get(pk=answer.json()["id"]))
            assert command.state in FINAL, (action, command.error)

    assert set(COMMANDS[version]) <= set(strict.asked)
    assert_untroubled(strict)


@of_16
def test_a_strict_station_has_every_message_of_1_6_answered_lawfully(strict, depot):
    """All fourteen; the library refuses an answer that its schema does not allow."""
    boot_16(strict)
    heard = strict.call("Heartbeat")
    assert heard.current_time.endswith("Z")
    strict.call("StatusNotification", connector_id=1, error_code="NoError", status="Available", timestamp=stamp())
    assert strict.call("Authorize", id_tag=CARD).id_tag_info["status"] == "Accepted"
    begun = strict.call("StartTransaction", connector_id=1, id_tag=CARD, meter_start=1000, timestamp=stamp())
    sample = {"timestamp": stamp(), "sampled_value": [{"value": "1500"}]}
    strict.call("MeterValues", connector_id=1, transaction_id=begun.transaction_id, meter_value=[sample])
    ended = strict.call(
        "StopTransaction", transaction_id=begun.transaction_id, meter_stop=3500, timestamp=stamp(), id_tag=CARD
    )
    assert ended.id_tag_info["status"] == "Accepted"
    assert strict.call("DataTransfer", vendor_id="com.example").status == "UnknownVendorId"
    strict.call("DiagnosticsStatusNotification", status="Idle")
    strict.call("FirmwareStatusNotification", status="Idle")
    strict.call("SignedFirmwareStatusNotification", status="Idle", request_id=1)
    strict.call("LogStatusNotification", status="Idle", request_id=1)
    strict.call("SecurityEventNotification", type="StartupOfTheDevice", timestamp=stamp(), tech_info="")
    assert strict.call("SignCertificate", csr="-----BEGIN CERTIFICATE REQUEST-----").status in ("Accepted", "Rejected")

    assert_untroubled(strict)
