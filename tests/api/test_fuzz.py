"""Whatever is sent, the API answers below 500, and every refusal is a problem document."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given
from hypothesis import settings as pace
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.services.keys import create_api_key
from apps.drivers.models import IdToken
from apps.tenants.models import Tenant
from tests.api.conftest import client_with

LISTS = (
    "locations", "stations", "evses", "connectors", "transactions", "meter-values", "tokens", "drivers", "tariffs",
    "variables", "configuration-templates", "configuration-deviations",
    "firmware", "firmware-updates", "firmware-campaigns", "logs",
    "charging-profiles", "composite-schedules",
    "security-events", "certificate-requests", "installed-certificates",
    "cdrs", "invoices", "commands", "bulk-commands", "frames", "exports/charges.csv", "exports/invoices.csv",
)  # fmt: skip
# A body that is taken as it is, whose fields are then replaced by others; `{}` becomes another number each time.
GOOD: dict[str, dict[str, Any]] = {
    "locations": {"name": "L{}", "country": "DE", "latitude": "50", "longitude": "7", "time_zone": "Europe/Berlin",
                  "address": "", "postal_code": "", "city": ""},
    "stations": {"identity": "S{}", "name": "", "location": None, "registration": "Accepted", "vendor": "",
                 "model": "", "evses": 1, "password": "0123456789abcdef{}"},
    "evses": {"station": "CS-1", "number": 2, "evse_id": "DE*OHM*E1", "max_power_w": 11000},
    "tokens": {"value": "AA{}", "type": "ISO14443", "label": "", "driver": None, "group": "", "status": "active",
               "expires_at": None},
    "drivers": {"name": "D{}", "company": "", "email": "", "address": "", "postal_code": "", "city": "",
                "country": "DE", "vat_id": "", "language": "de", "external_id": None},
    "tariffs": {"name": "T{}", "currency": "EUR", "vat_percent": "19", "price_per_kwh": "0.49",
                "price_per_minute": "0", "price_per_session": "0", "idle_per_minute": "0", "idle_grace_s": 0,
                "tax_included": True, "valid_from": "2026-01-01T00:00:00Z", "valid_to": None},
    "configuration-templates": {"name": "C{}", "scope": "model", "vendor": "V", "model": "", "location": None,
                                "station": None, "at_boot": True, "is_active": True, "reason": "",
                                "settings": [{"name": "HeartbeatInterval", "value": "300"}]},
    "charging-profiles": {"station": "CS-1", "evse": 1, "purpose": "TxDefaultProfile", "stack_level": 0,
                          "kind": "Recurring", "recurrency": "Daily", "valid_from": None,
                          "valid_to": "2090-01-01T00:00:00Z", "unit": "A", "start_at": "2026-01-01T00:00:00Z",
                          "duration_s": 3600, "min_charging_rate": None, "periods": [{"start_s": 0, "limit": 16}],
                          "token": None, "expires_in": 60},
    "composite-schedules": {"station": "CS-1", "evse": 1, "unit": "A", "duration_s": 3600, "expires_in": 60},
    "firmware": {"version": "{}"},
    "firmware-updates": {"station": "CS-1", "address": "https://files.example.com/2.bin", "version": "2",
                         "retrieve_at": "2026-01-01T00:00:00Z", "install_at": None, "retries": 3,
                         "retry_interval_s": 60, "is_signed": False, "timeout_s": 3600},
    "firmware-campaigns": {"name": "C{}", "firmware": 1, "stations": ["CS-1"], "wave_size": 1, "pause_s": 0,
                           "stop_after": 1, "due_at": None, "timeout_s": 3600},
    "logs": {"station": "CS-1", "log_type": "SecurityLog", "oldest_at": None, "latest_at": "2026-01-01T00:00:00Z",
             "address": ""},
    "installed-certificates": {"station": "CS-1", "use": "CSMSRootCertificate", "pem": "x"},
    "installed-certificates/read": {"station": "CS-1", "uses": ["CSMSRootCertificate"]},
    "certificate-requests": {"station": "CS-1"},
    "stations/CS-1/commands": {"action": "Reset", "payload": {"type": "Soft"}, "expires_in": 60},
}  # fmt: skip
ROWS = {"stations/CS-1": "stations", "evses/CS-1:1": "evses", "tokens/AA": "tokens"}
TEMPTING = (
    "", " ", "\0", "\ud800", "CS-1", "CS-1:1", "EUR", "DE", "Reset", "0", "-1", "1e400", "NaN", "Infinity", "٣", "½",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "222222017-01-01T00:00:00Z", "2026-01-01T00:00:00",
    "null", "true", "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "x" * 50_000, "🔌" * 300,
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(TEMPTING),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def bodies(draw: st.DrawFn, resource: str) -> Any:
    """A good body with up to three fields replaced, taken away or added; now and then anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    number = str(draw(st.integers(0, 10**9)))
    good = {
        name: value.replace("{}", number) if isinstance(value, str) else value for name, value in GOOD[resource].items()
    }
    for name in draw(st.lists(st.sampled_from([*good, "unknown"]), max_size=3)):
        good[name] = draw(VALUES)
    for name in draw(st.lists(st.sampled_from(list(GOOD[resource])), max_size=1)):
        good.pop(name, None)
    return good


PACE = pace(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def calm(answer: Any) -> None:
    assert answer.status_code < 500, answer.content[:500]
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        document = json.loads(answer.content)
        assert {"type", "title", "status", "detail", "errors"} == set(document)


def writer(alpha: Tenant, make_station: Callable[..., Any]) -> APIClient:
    make_station("CS-1")
    IdToken.objects.create(value="AA")
    client = client_with(create_api_key("fuzz", scopes=list(Scope), by="test")[1])
    client.raise_request_exception = False
    return client


@given(data=st.data())
@PACE
def send_bodies(api: APIClient, data: Any) -> None:
    resource = data.draw(st.sampled_from(list(GOOD)))
    body = data.draw(bodies(resource))
    calm(api.post(f"/api/v1/{resource}", json.dumps(body), content_type="application/json"))


@given(data=st.data())
@PACE
def send_changes(api: APIClient, data: Any) -> None:
    row = data.draw(st.sampled_from(list(ROWS)))
    body = data.draw(bodies(ROWS[row]))
    method = data.draw(st.sampled_from([api.patch, api.put]))
    calm(method(f"/api/v1/{row}", json.dumps(body), content_type="application/json"))


@given(body=st.binary(max_size=200), resource=st.sampled_from(list(GOOD)))
@PACE
def send_bytes(api: APIClient, resource: str, body: bytes) -> None:
    calm(api.generic("POST", f"/api/v1/{resource}", body, content_type="application/json"))


@given(resource=st.sampled_from(LISTS), value=st.text(max_size=30) | st.sampled_from(TEMPTING), data=st.data())
@PACE
def send_queries(api: APIClient, known: dict[str, list[str]], resource: str, value: str, data: Any) -> None:
    name = data.draw(st.sampled_from([*known[resource], "nonsense"]))
    calm(api.get(f"/api/v1/{resource}?{name}={quote(value, errors='replace')}"))


@given(resource=st.sampled_from(LISTS), key=st.text(max_size=30) | st.sampled_from(TEMPTING))
@PACE
def send_addresses(api: APIClient, resource: str, key: str) -> None:
    calm(api.get(f"/api/v1/{resource}/{quote(key, errors='replace')}"))


def test_no_body_upsets_the_api(alpha: Tenant, make_station: Callable[..., Any]) -> None:
    api = writer(alpha, make_station)
    send_bodies(api)
    send_changes(api)
    send_bytes(api)


def test_no_query_and_no_address_upsets_the_api(alpha: Tenant, make_station: Callable[..., Any]) -> None:
    api = writer(alpha, make_station)
    paths = api.get("/api/openapi.json").json()["paths"]
    known = {name: [one["name"] for one in paths[f"/api/v1/{name}"]["get"]["parameters"]] for name in LISTS}
    send_queries(api, known)
    send_addresses(api)
