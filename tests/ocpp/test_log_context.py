"""Whose message a log line is about, without each caller saying so."""

from structlog.contextvars import get_contextvars

from apps.ocpp.routes import ROUTES
from apps.stations.messages import BootNotification
from apps.stations.services.boot import boot

BOOT = {"chargePointVendor": "Acme", "chargePointModel": "One"}


def test_a_service_logs_in_the_name_of_the_message_it_handles(plug, station, live_tenant, monkeypatch):
    seen = []

    def note_and_boot(caller, message):
        seen.append(get_contextvars())
        return boot(caller, message)

    monkeypatch.setitem(ROUTES, BootNotification, note_and_boot)
    raw = plug()
    raw.call("BootNotification", BOOT)
    raw.call("BootNotification", BOOT)

    whose = {"schema": live_tenant.schema_name, "station": "CS-1"}
    assert seen == [whose | {"message_id": "m1"}, whose | {"message_id": "m2"}]
    assert get_contextvars() == {}
