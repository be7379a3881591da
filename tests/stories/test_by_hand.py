"""A charge driven by hand, with nothing but the `websockets` library, every frame written out.

2.5 kWh at 0.59 €, 0.35 € for the charge, two minutes of charging at 0.03 €: 1.475 + 0.35 + 0.06, and 19 % VAT within.
"""

import base64
import json
from datetime import timedelta
from decimal import Decimal

from websockets.sync.client import connect

from apps.billing.models import Invoice, InvoiceLine
from apps.charging.models import Transaction
from apps.charging.services.usage import usage_of
from apps.core.clock import now
from tests.plugged import PASSWORD
from tests.stories.conftest import CARD

IN_16 = """
[2,"1","BootNotification",{"chargePointVendor":"ACME","chargePointModel":"One"}]

[2,"2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing"}]

[2,"3","Authorize",{"idTag":"CARD"}]

[2,"4","StartTransaction",{"connectorId":1,"idTag":"CARD","meterStart":100,"timestamp":"BEGIN"}]

[2,"5","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]

[2,"6","MeterValues",{"connectorId":1,"transactionId":NUMBER,"meterValue":[{"timestamp":"BETWEEN","sampledValue":[
    {"value":"1.35","unit":"kWh","measurand":"Energy.Active.Import.Register"},
    {"value":"75","unit":"kW","measurand":"Power.Active.Import"}]}]}]

[2,"7","StopTransaction",{"transactionId":NUMBER,"meterStop":2600,"timestamp":"END","reason":"EVDisconnected"}]
"""
IN_201 = """
[2,"1","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"ACME","model":"Two"}}]

[2,"2","StatusNotification",{"timestamp":"BEGIN","connectorStatus":"Occupied","evseId":1,"connectorId":1}]

[2,"3","TransactionEvent",{"eventType":"Started","timestamp":"BEGIN","triggerReason":"CablePluggedIn","seqNo":0,
    "transactionInfo":{"transactionId":"b7e1c1d2","chargingState":"EVConnected"},"evse":{"id":1,"connectorId":1},
    "meterValue":[{"timestamp":"BEGIN","sampledValue":[{"value":100,"context":"Transaction.Begin"}]}]}]

[2,"4","TransactionEvent",{"eventType":"Updated","timestamp":"BEGIN","triggerReason":"Authorized","seqNo":1,
    "transactionInfo":{"transactionId":"b7e1c1d2","chargingState":"Charging"},
    "idToken":{"idToken":"CARD","type":"ISO14443"}}]

[2,"5","TransactionEvent",{"eventType":"Updated","timestamp":"BETWEEN","triggerReason":"MeterValuePeriodic","seqNo":2,
    "transactionInfo":{"transactionId":"b7e1c1d2"},"meterValue":[{"timestamp":"BETWEEN","sampledValue":[
    {"value":1.35,"unitOfMeasure":{"unit":"Wh","multiplier":3}}]}]}]

[2,"6","TransactionEvent",{"eventType":"Ended","timestamp":"END","triggerReason":"EVDeparted","seqNo":3,
    "transactionInfo":{"transactionId":"b7e1c1d2","stoppedReason":"EVDisconnected","chargingState":"Idle"},
    "meterValue":[{"timestamp":"END","sampledValue":[{"value":2600,"context":"Transaction.End"}]}]}]
"""


def drive(gateway, tenant, subprotocol, frames):
    """Send one frame after the other and return the answers' payloads. All of it happened just now."""
    begin = now().replace(microsecond=0) - timedelta(seconds=150)
    words = {"CARD": CARD} | {
        word: f"{begin + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
        for word, seconds in (("BEGIN", 0), ("BETWEEN", 60), ("END", 120))
    }
    login = base64.b64encode(f"CS-1:{PASSWORD}".encode()).decode()
    url, headers = f"ws://127.0.0.1:{gateway.port}/ocpp/{tenant.slug}/CS-1", {"Authorization": f"Basic {login}"}
    answers = []
    with connect(url, subprotocols=[subprotocol], additional_headers=headers, proxy=None) as socket:
        for number, frame in enumerate(frames.strip().split("\n\n"), start=1):
            for word, value in words.items():
                frame = frame.replace(word, value)
            socket.send(frame)
            kind, message_id, payload = json.loads(socket.recv(timeout=10))
            assert (kind, message_id) == (3, str(number)), payload
            words["NUMBER"] = str(payload.get("transactionId", words.get("NUMBER")))
            answers.append(payload)
    return answers


def assert_billed():
    usage, invoice = usage_of(Transaction.objects.get()), Invoice.objects.get()
    assert (usage.energy_wh, usage.duration_s, usage.idle_s) == (2500, 120, 0)
    assert (invoice.gross, invoice.vat, invoice.net) == (Decimal("1.89"), Decimal("0.30"), Decimal("1.59"))
    gross = [line.net + line.vat for line in InvoiceLine.objects.order_by("pk")]
    assert gross == [Decimal("1.48"), Decimal("0.06"), Decimal("0.35")]


def test_a_charge_in_1_6(gateway, live_tenant, depot, run_outbox):
    booted, plugged, authorised, started, *rest = drive(gateway, live_tenant, "ocpp1.6", IN_16)

    assert (booted["status"], booted["interval"], plugged) == ("Accepted", 300, {})
    assert authorised == {"idTagInfo": {"status": "Accepted"}}
    assert started == {"transactionId": Transaction.objects.get().pk, "idTagInfo": {"status": "Accepted"}}
    assert rest == [{}, {}, {}]
    run_outbox()
    assert_billed()


def test_a_charge_in_2_0_1(gateway, live_tenant, depot, run_outbox):
    booted, *rest = drive(gateway, live_tenant, "ocpp2.0.1", IN_201)

    assert (booted["status"], booted["interval"]) == ("Accepted", 300)
    assert rest == [{}, {}, {"idTokenInfo": {"status": "Accepted"}}, {}, {}]
    run_outbox()
    assert_billed()
