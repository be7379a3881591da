"""The pages about configuration: typed editors, templates, deviations, registration."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    StationCommand,
    StationConfiguration,
    StationPolicy,
    Variable,
    VariableChange,
)
from apps.stations.services.deviations import assess

PAGE = "/stations/CS-1/configuration/"
FULL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"
TEMPLATE = {
    "name": "Wallboxes", "scope": "model", "vendor": "ACME", "model": "", "at_boot": "on", "is_active": "on",
    "reason": "new site", "rows-TOTAL_FORMS": "3", "rows-INITIAL_FORMS": "0",
    "rows-0-name": "HeartbeatInterval", "rows-0-value": "600", "rows-1-name": "", "rows-1-value": "lost",
    "rows-2-name": "HeartbeatInterval", "rows-2-component": "OCPPCommCtrlr", "rows-2-value": "900",
}  # fmt: skip


def tell(station: ChargingStation, name: str, value: str | None, **facts: object) -> Variable:
    StationConfiguration.objects.get_or_create(station=station, defaults={"read_at": now()})
    return Variable.objects.create(station=station, name=name, value=value, reported_at=now(), **facts)


def deviate(station: ChargingStation) -> Deviation:
    for entry in ConfigurationTemplate.objects.get(is_shipped=True).settings:
        wrong = entry["name"] == "HeartbeatInterval"
        tell(station, entry["name"], "5" if wrong else entry["value"])
    assess(station)
    return Deviation.objects.get()


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_standard_key_is_explained_and_a_read_only_one_has_no_button(
    browser: Client, station: ChargingStation
) -> None:
    tell(station, "NumberOfConnectors", "2", mutability="ReadOnly")
    assert "How many connectors the station has." in text(browser, PAGE)
    assert ">Change<" not in text(browser, PAGE)

    tell(station, "vendorKey", "x")
    assert ">Change<" in text(browser, PAGE)


def test_pending_unverified_and_unsupported_variables_say_so(browser: Client, station: ChargingStation) -> None:
    tell(station, "A", "1", pending_reboot=True)
    tell(station, "B", "1", unverified=True)
    tell(station, "C", None, unsupported_at=now())

    page = text(browser, PAGE)
    for words in ("effective after a restart", "not read back yet", "not supported by the station"):
        assert words in page


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("StopTransactionOnInvalidId", "True", 'type="checkbox" name="value" id="id_value" checked'),
        ("HeartbeatInterval", "300", 'type="number" name="value" value="300" min="10" max="86400"'),
        ("MeterValuesSampledData", "SoC,X.Own", 'type="checkbox" name="value" value="X.Own" id='),
        ("SecurityProfile", "1", "<select"),
        ("vendorKey", "<b>", 'type="text" name="value" value="&lt;b&gt;"'),
    ],
)
def test_each_kind_has_an_editor_of_its_own(
    browser: Client, station: ChargingStation, name: str, value: str, field: str
) -> None:
    row = tell(station, name, value)

    assert field in text(browser, f"{PAGE}{row.pk}/")


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("StopTransactionOnInvalidId", {}, "false"),
        ("StopTransactionOnInvalidId", {"value": "on"}, "true"),
        ("HeartbeatInterval", {"value": "600"}, "600"),
        ("MeterValuesSampledData", {"value": ["SoC", "Voltage"]}, "SoC,Voltage"),
        ("vendorKey", {"value": " a b "}, " a b "),
    ],
)
def test_a_change_is_sent_as_ocpp_writes_it_and_logged_with_its_reason(
    browser: Client, station: ChargingStation, name: str, value: dict[str, object], sent: str
) -> None:
    row = tell(station, name, "")

    answer = browser.post(f"{PAGE}{row.pk}/", value | {"reason": "tried"})

    assert answer.status_code == 202
    message = StationCommand.objects.get().message
    assert message is not None
    assert message["values"][0]["value"] == sent
    change = VariableChange.objects.get()
    assert (change.value, change.by, change.reason) == (sent, "owner@alpha.example", "tried")
    assert AuditEntry.objects.filter(action="stations.variable.change", detail__reason="tried").exists()


@pytest.mark.parametrize(("name", "value"), [("HeartbeatInterval", "0"), ("SecurityProfile", "9")])
def test_a_value_that_can_not_be_right_is_refused_at_its_field(
    browser: Client, station: ChargingStation, name: str, value: str
) -> None:
    row = tell(station, name, "")

    answer = browser.post(f"{PAGE}{row.pk}/", {"value": value})

    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#order")
    assert "errorlist" in answer.content.decode()
    assert not StationCommand.objects.exists()


def test_a_variable_of_another_station_is_not_found(
    browser: Client, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    row = tell(make_station("CS-2"), "HeartbeatInterval", "1")

    assert browser.get(f"{PAGE}{row.pk}/").status_code == 404


def test_a_read_only_variable_is_not_written(browser: Client, station: ChargingStation) -> None:
    row = tell(station, "vendorKey", "1", mutability="ReadOnly")

    assert browser.post(f"{PAGE}{row.pk}/", {"value": "2"}).status_code == 409
    assert not StationCommand.objects.exists()


def test_a_deviation_is_shown_and_repaired_with_one_click(browser: Client, station: ChargingStation) -> None:
    deviate(station)
    assert "1 deviation" in text(browser, PAGE)
    assert "HeartbeatInterval" in text(browser, "/configuration/")

    browser.post(f"{PAGE}repair/", {"reason": "drift"})

    row = Deviation.objects.get()
    assert (row.due_by, row.due_reason) == ("owner@alpha.example", "drift")
    assert "being repaired" in text(browser, PAGE)


def test_what_is_ticked_or_a_whole_template_is_repaired_at_once(browser: Client, station: ChargingStation) -> None:
    row = deviate(station)
    template = ConfigurationTemplate.objects.get()

    browser.post("/configuration/repair/", {"deviation": [row.pk, "x"]})
    assert Deviation.objects.get().due_reason == template.name
    Deviation.objects.update(due_by="")
    browser.post(f"/configuration/templates/{template.pk}/apply/", {"reason": "all"})
    assert Deviation.objects.get().due_reason == "all"


def test_deviations_are_narrowed_by_template_and_state(browser: Client, station: ChargingStation) -> None:
    deviate(station)
    template = ConfigurationTemplate.objects.get()

    assert "CS-1" in text(browser, f"/configuration/?template={template.pk}&state=differs")
    assert "Nothing deviates" in text(browser, "/configuration/?state=refused")
    assert "Nothing deviates" in text(browser, "/configuration/?template=999")


def test_a_template_is_made_edited_and_deleted(browser: Client, station: ChargingStation) -> None:
    made = browser.post("/configuration/templates/new/", TEMPLATE)

    row = ConfigurationTemplate.objects.get(name="Wallboxes")
    assert (made.status_code, row.vendor, row.scope) == (302, "ACME", "model")
    assert [(one["component"], one["name"], one["value"]) for one in row.settings] == [
        ("", "HeartbeatInterval", "600"), ("OCPPCommCtrlr", "HeartbeatInterval", "900"),
    ]  # fmt: skip
    address = f"/configuration/templates/{row.pk}/"
    assert "900" in text(browser, address)
    browser.post(f"{address}edit/", TEMPLATE | {"scope": "tenant", "rows-2-name": ""})
    row.refresh_from_db()
    assert (row.scope, row.vendor, len(row.settings)) == ("tenant", "", 1)
    browser.post(f"{address}delete/")
    assert not ConfigurationTemplate.objects.filter(name="Wallboxes").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows-0-value": "1"}, "HeartbeatInterval: at least 10."),
        ({"rows-0-name": "AuthorizationKey"}, "have no place in a template"),
        ({"rows-0-name": "NumberOfConnectors"}, "stations do not let it be changed"),
        ({"rows-1-name": "heartbeatinterval"}, "is named twice"),
        ({"vendor": ""}, "Say where this template applies"),
        ({"name": "Ohmstead"}, "already exists"),
    ],
)
def test_a_template_that_can_not_be_is_refused_with_the_reason(
    browser: Client, change: dict[str, str], words: str
) -> None:
    answer = browser.post("/configuration/templates/new/", TEMPLATE | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ConfigurationTemplate.objects.count() == 1


def test_the_shipped_template_can_be_switched_off_but_not_deleted(browser: Client) -> None:
    row = ConfigurationTemplate.objects.get()

    assert browser.post(f"/configuration/templates/{row.pk}/delete/").status_code == 409
    assert "Delete" not in text(browser, f"/configuration/templates/{row.pk}/")


def test_registration_is_decided_with_a_reason_and_the_station_asked_to_boot(
    browser: Client, station: ChargingStation
) -> None:
    for registration in ("Pending", "Accepted"):
        browser.post("/stations/CS-1/registration/", {"registration": registration, "reason": "checked"})

    station.refresh_from_db()
    assert station.registration == "Accepted"
    sent = StationCommand.objects.order_by("created_at")
    assert [(one.kind, (one.message or {})["requested"]) for one in sent] == [
        ("stations.TriggerMessage", "BootNotification")
    ] * 2
    assert AuditEntry.objects.filter(action="stations.chargingstation.registration").count() == 2


def test_new_stations_follow_the_policy(browser: Client, make_station: Callable[..., ChargingStation]) -> None:
    browser.post("/configuration/policy/", {"registration": "Pending"})

    assert StationPolicy.objects.get().registration == "Pending"
    assert make_station("CS-9").registration == "Pending"
    assert 'value="Pending" selected' in text(browser, "/configuration/")


def test_a_new_password_is_told_to_the_station_and_shown_to_nobody(browser: Client, station: ChargingStation) -> None:
    answer = browser.post("/stations/CS-1/password/told/")

    message = StationCommand.objects.get().message
    assert message is not None
    (value,) = message["values"]
    assert (answer.status_code, value["ref"]["variable"], len(value["value"])) == (202, "AuthorizationKey", 40)
    assert value["value"] not in answer.content.decode()
    assert value["value"] not in text(browser, PAGE)
    assert value["value"] not in str(AuditEntry.objects.values())


POSTS = {
    "read": f"{PAGE}read/", "repair": f"{PAGE}repair/", "register": "/stations/CS-1/registration/",
    "told": "/stations/CS-1/password/told/", "many": "/configuration/repair/", "policy": "/configuration/policy/",
    "new": "/configuration/templates/new/",
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_those_who_may_configure_may_and_the_others_only_look(
    browser_of: Callable[..., Client], station: ChargingStation, role: Role
) -> None:
    browser = browser_of(role)
    may = role in (Role.OWNER, Role.MANAGER, Role.OPERATOR, Role.INSTALLER)

    refused = {name for name, address in POSTS.items() if browser.post(address).status_code == 403}

    assert refused == (set() if may else set(POSTS))
    assert ("New template" in text(browser, "/configuration/")) is may
    assert ("New password, told" in text(browser, PAGE)) is may
