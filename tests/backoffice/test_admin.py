"""The admin writes through services only, and each role finds what it may use."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin as PlainAdmin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.messages import Role
from apps.accounts.models import ApiKey, AuditEntry, User
from apps.accounts.services.keys import find
from apps.backoffice.admin import platform_admin, tenant_admin
from apps.backoffice.admin.base import ReadingAdmin, ServiceAdmin
from apps.billing.models import SellerProfile
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken
from apps.stations.models import EVSE, ChargingStation, Location
from apps.tariffs.models import Tariff, TariffAssignment
from tests.backoffice.conftest import CARD, begin_charge

ADMINS = [*tenant_admin._registry.values(), *platform_admin._registry.values()]
WRITES = ("save_model", "save_related", "save_formset", "delete_model", "delete_queryset")
LOGS = ("log_addition", "log_change", "log_deletions")


def label(admin: Any) -> str:
    return f"{type(admin.admin_site).__name__}-{admin.model._meta.label}"


@pytest.mark.parametrize("admin", ADMINS, ids=label)
def test_every_admin_reads_only_or_writes_through_a_service(admin: Any) -> None:
    assert isinstance(admin, ReadingAdmin | ServiceAdmin)
    if isinstance(admin, ReadingAdmin):
        assert not has_write_rights(admin)
        return
    assert type(admin).save_row is not ServiceAdmin.save_row
    assert (type(admin).delete_row is not ServiceAdmin.delete_row) == admin.may_delete
    for name in (*WRITES, *LOGS):
        assert getattr(type(admin), name) is not getattr(PlainAdmin, name)


@pytest.mark.parametrize("admin", ADMINS, ids=label)
def test_rows_inside_another_rows_form_are_for_reading(admin: Any) -> None:
    for inline in admin.inlines:
        made = inline(admin.model, admin.admin_site)
        assert not has_write_rights(made)


@pytest.mark.parametrize("admin", ADMINS, ids=label)
def test_an_admin_without_deletion_has_no_action_for_it(admin: Any, rf: Any) -> None:
    request = rf.get("/")
    request.user = User(role=Role.OWNER)

    assert ("delete_selected" in admin.get_actions(request)) == getattr(admin, "may_delete", False)


def has_write_rights(admin: Any) -> bool:
    class Owner:
        user = User(role=Role.OWNER)

    rights = (admin.has_add_permission, admin.has_change_permission, admin.has_delete_permission)
    return any(right(Owner(), None) if "obj" in right.__code__.co_varnames else right(Owner()) for right in rights)


@pytest.mark.parametrize("admin", tenant_admin._registry.values(), ids=label)
def test_every_list_and_form_of_the_admin_opens(
    browser: Client, station: ChargingStation, token: IdToken, admin: Any
) -> None:
    begin_charge(station)
    meta = admin.model._meta
    root = f"/admin/{meta.app_label}/{meta.model_name}/"

    assert browser.get(root, follow=True).status_code == 200
    row = admin.model._default_manager.first()
    if row:
        assert browser.get(f"{root}{row.pk}/change/", follow=True).status_code == 200
    expected = 200 if admin.has_add_permission(type("R", (), {"user": User(role=Role.OWNER)})()) else 403
    assert browser.get(f"{root}add/").status_code == expected


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        (Role.MANAGER, {"stations", "drivers", "tariffs", "billing"}),
        (Role.OPERATOR, {"stations", "drivers"}),
        (Role.INSTALLER, {"stations"}),
        (Role.FINANCE, {"tariffs", "billing"}),
        (Role.SUPPORT, set()),
        (Role.READ_ONLY, set()),
    ],
)
def test_a_role_finds_forms_for_what_it_may_write(
    browser_of: Callable[..., Client], alpha: Any, role: Role, writes: set[str]
) -> None:
    browser = browser_of(role)
    forms = {
        "stations": "/admin/stations/location/add/",
        "drivers": "/admin/drivers/driver/add/",
        "tariffs": "/admin/tariffs/tariff/add/",
        "billing": "/admin/billing/sellerprofile/add/",
        "accounts": "/admin/accounts/user/add/",
    }

    assert {name for name, address in forms.items() if browser.get(address).status_code == 200} == writes
    assert browser.get("/admin/accounts/user/").status_code == 403
    assert browser.get("/admin/accounts/auditentry/").status_code == 403


def test_strangers_meet_our_own_log_in_page(alpha: Any) -> None:
    answer = Client(HTTP_HOST="alpha.localhost").get("/admin/stations/location/", follow=True)

    assert answer.redirect_chain[-1] == ("/login/?next=/admin/stations/location/", 302)
    assert "entrance-form" in answer.content.decode()


def last_entry() -> AuditEntry:
    entry = AuditEntry.objects.first()
    assert entry is not None
    return entry


def test_a_new_location_leaves_an_entry_in_the_trail_and_none_in_djangos_log(browser: Client) -> None:
    answer = browser.post(
        "/admin/stations/location/add/",
        {"name": "Depot", "country": "DE", "time_zone": "Europe/Berlin", "address": "", "city": "", "postal_code": ""},
    )

    assert answer.status_code == 302, answer.context["errors"]
    location = Location.objects.get()
    assert (last_entry().actor, last_entry().action) == ("owner@alpha.example", "stations.location.created")
    assert last_entry().target == f"stations.location:{location.pk}"
    assert not LogEntry.objects.exists()


def test_what_a_service_refuses_stands_at_the_form_filled_in_as_it_was(
    browser: Client, station: ChargingStation
) -> None:
    location = Location.objects.get()

    answer = browser.post(f"/admin/stations/location/{location.pk}/delete/", {"post": "yes"}, follow=True)

    assert Location.objects.filter(pk=location.pk).exists()
    assert answer.status_code == 200


def test_the_last_owner_stays_owner(browser: Client) -> None:
    owner = User.objects.get()

    answer = browser.post(
        f"/admin/accounts/user/{owner.pk}/change/",
        {"email": owner.email, "name": "", "role": "finance", "language": "", "is_active": "on"},
    )

    owner.refresh_from_db()
    assert answer.status_code == 200
    assert "This is the last owner" in answer.content.decode()
    assert owner.role == Role.OWNER


def test_a_new_station_gets_its_evses_and_leads_to_the_page_that_connects_it(browser: Client) -> None:
    answer = browser.post(
        "/admin/stations/chargingstation/add/",
        {"identity": "CS-7", "name": "", "location": "", "registration": "Accepted", "evses": "2"},
    )

    assert answer["Location"] == "/stations/CS-7/connect/"
    assert EVSE.objects.filter(station__identity="CS-7", connectors__number=1).count() == 2


def test_an_identity_that_no_station_can_have_is_refused(browser: Client) -> None:
    answer = browser.post(
        "/admin/stations/chargingstation/add/", {"identity": "a/b", "registration": "Accepted", "evses": "1"}
    )

    assert answer.status_code == 200
    assert not ChargingStation.objects.exists()


def test_a_station_is_archived_and_brought_back_but_never_deleted(browser: Client, station: ChargingStation) -> None:
    root = "/admin/stations/chargingstation/"
    chosen = {"_selected_action": [station.pk], "index": 0}

    browser.post(root, {"action": "archive", **chosen})
    station.refresh_from_db()
    archived_at = station.archived_at
    browser.post(root, {"action": "restore", **chosen})
    station.refresh_from_db()

    assert archived_at is not None
    assert station.archived_at is None
    assert browser.get(f"{root}{station.pk}/delete/").status_code == 403


PRICES = {
    "currency": "EUR", "vat_percent": "19", "tax_included": "on", "price_per_kwh": "0.49", "price_per_minute": "0",
    "price_per_session": "0.35", "idle_per_minute": "0", "idle_grace_s": "0", "valid_from_0": "", "valid_from_1": "",
    "valid_to_0": "", "valid_to_1": "",
}  # fmt: skip


def test_other_prices_make_a_new_version(browser: Client) -> None:
    browser.post("/admin/tariffs/tariff/add/", {"name": "Day", **PRICES})
    tariff = Tariff.objects.get()
    change = f"/admin/tariffs/tariff/{tariff.pk}/change/"
    rows = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    browser.post(change, {"name": "Day", **PRICES, **rows})
    browser.post(change, {"name": "Day", **PRICES, **rows, "price_per_kwh": "0.59"})

    prices = list(tariff.versions.order_by("number").values_list("price_per_kwh", flat=True))
    assert prices == [Decimal("0.49"), Decimal("0.59")]


def test_a_form_shows_the_prices_that_hold_now(browser: Client) -> None:
    browser.post("/admin/tariffs/tariff/add/", {"name": "Day", **PRICES})

    page = browser.get(f"/admin/tariffs/tariff/{Tariff.objects.get().pk}/change/").content.decode()

    assert 'value="0.490000"' in page


@pytest.mark.parametrize(("field", "value"), [("currency", "XXXX"), ("vat_percent", "-1"), ("price_per_kwh", "abc")])
def test_prices_that_make_no_sense_are_refused_at_their_field(browser: Client, field: str, value: str) -> None:
    answer = browser.post("/admin/tariffs/tariff/add/", {"name": "Day", **PRICES, field: value})

    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Tariff.objects.exists()


def test_a_tariff_is_assigned_and_taken_away_again(browser: Client) -> None:
    browser.post("/admin/tariffs/tariff/add/", {"name": "Day", **PRICES})
    tariff = Tariff.objects.get()

    browser.post("/admin/tariffs/tariffassignment/add/", {"tariff": tariff.pk})
    assignment = TariffAssignment.objects.get()
    browser.post(f"/admin/tariffs/tariffassignment/{assignment.pk}/delete/", {"post": "yes"})

    assert not TariffAssignment.objects.exists()
    assert last_entry().action == "tariffs.tariff.unassigned"


def test_a_tariff_for_two_places_at_once_is_refused_at_the_form(browser: Client, station: ChargingStation) -> None:
    browser.post("/admin/tariffs/tariff/add/", {"name": "Day", **PRICES})

    answer = browser.post(
        "/admin/tariffs/tariffassignment/add/",
        {"tariff": Tariff.objects.get().pk, "station": station.pk, "location": station.location_id},
    )

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not TariffAssignment.objects.exists()


def test_a_token_is_kept_in_its_canonical_form(browser: Client) -> None:
    browser.post(
        "/admin/drivers/idtoken/add/",
        {"value": "04:a2:b3 c4", "type": "ISO14443", "status": "active", "label": "", "group": "", "driver": "",
         "expires_at_0": "", "expires_at_1": ""},
    )  # fmt: skip

    assert IdToken.objects.get().value == "04A2B3C4"


def test_card_numbers_are_masked_in_the_admin(browser_of: Callable[..., Client], token: IdToken) -> None:
    hidden = browser_of(Role.READ_ONLY)
    pages = [
        hidden.get("/admin/drivers/idtoken/").content.decode(),
        hidden.get(f"/admin/drivers/idtoken/{token.pk}/change/").content.decode(),
    ]

    assert all(CARD not in page for page in pages)
    assert "E601" in pages[0]
    assert "1 id token" not in hidden.get(f"/admin/drivers/idtoken/?q={CARD[:6]}").content.decode()
    assert CARD in browser_of(Role.OPERATOR).get(f"/admin/drivers/idtoken/{token.pk}/change/").content.decode()


def test_a_driver_is_saved_with_a_country_in_capitals(browser: Client) -> None:
    answer = browser.post("/admin/drivers/driver/add/", {"name": "Ada", "country": "de"})

    assert answer.status_code == 302
    assert Driver.objects.get().country == "DE"


def test_a_new_users_made_up_password_is_shown_once(browser: Client) -> None:
    answer = browser.post(
        "/admin/accounts/user/add/",
        {"email": "fin@alpha.example", "name": "Fin", "role": "finance", "language": "de", "password_text": ""},
        follow=True,
    )

    user = User.objects.get(email="fin@alpha.example")
    (message,) = [str(message) for message in answer.context["messages"] if "Shown once" in str(message)]
    assert user.check_password(message.split(": ")[1].split(" — ")[0])


def test_an_api_key_is_shown_once_and_revoked_with_one_action(browser: Client) -> None:
    answer = browser.post(
        "/admin/accounts/apikey/add/",
        {"name": "erp", "scopes": ["read"], "expires_at_0": "", "expires_at_1": ""},
        follow=True,
    )
    (message,) = [str(message) for message in answer.context["messages"] if "Shown once" in str(message)]
    plain = message.split(": ")[1].split(" — ")[0]
    key = ApiKey.objects.get()
    known = find(plain)
    browser.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk], "index": 0})

    assert known == key
    assert find(plain) is None
    assert plain not in browser.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()


def test_the_seller_is_one_form(browser: Client) -> None:
    first = browser.get("/admin/billing/sellerprofile/")
    browser.post(
        first["Location"],
        {"legal_name": "Stadtwerke", "address": "Werk 1", "city": "Bonn", "country": "DE", "vat_id": "DE136695976",
         "currency": "EUR", "time_zone": "Europe/Berlin", "language": "de", "invoice_prefix": "R-",
         "payment_days": "14"},
    )  # fmt: skip

    assert SellerProfile.objects.get().legal_name == "Stadtwerke"
    assert browser.get("/admin/billing/sellerprofile/")["Location"] == "/admin/billing/sellerprofile/1/change/"


def test_history_is_the_audit_trail_of_the_row(browser: Client, station: ChargingStation) -> None:
    browser.post(
        f"/admin/stations/chargingstation/{station.pk}/change/",
        {"identity": "CS-1", "name": "Renamed", "location": station.location_id, "registration": "Accepted",
         "evses-TOTAL_FORMS": "0", "evses-INITIAL_FORMS": "0"},
    )  # fmt: skip

    answer = browser.get(f"/admin/stations/chargingstation/{station.pk}/history/", follow=True)

    assert answer.redirect_chain[0][0] == f"/admin/accounts/auditentry/?target=stations.chargingstation:{station.pk}"
    assert "stations.chargingstation.changed" in answer.content.decode()


@pytest.mark.parametrize(("role", "is_offered"), [(Role.OWNER, True), (Role.READ_ONLY, False)])
def test_history_is_offered_to_those_who_may_read_it(
    browser_of: Callable[..., Client], station: ChargingStation, role: Role, is_offered: bool
) -> None:
    address = f"/admin/stations/chargingstation/{station.pk}/"

    page = browser_of(role).get(f"{address}change/").content.decode()

    assert (f"{address}history/" in page) is is_offered


@pytest.mark.parametrize("address", ["/admin/stations/chargingstation/", "/admin/drivers/idtoken/"])
def test_a_list_of_the_admin_needs_no_more_queries_for_more_rows(
    browser: Client, make_station: Callable[..., ChargingStation], address: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return sum(not query["sql"].startswith("SET search_path") for query in captured)

    make_station("CS-0")
    IdToken.objects.create(value="0", driver=Driver.objects.create(name="0"), expires_at=now())
    few = count()
    for number in range(1, 8):
        make_station(f"CS-{number}")
        IdToken.objects.create(value=str(number), driver=Driver.objects.create(name=str(number)))

    assert count() == few
