"""Making tariffs and finding the terms of a charge."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.core.errors import UnableTo
from apps.stations.models import EVSE, ChargingStation
from apps.tariffs.messages import Prices, Usage
from apps.tariffs.models import TariffAssignment, TariffVersion
from apps.tariffs.rules import price
from apps.tariffs.services import (
    archive_tariff,
    assign_tariff,
    describe,
    save_tariff,
    terms_for,
    unassign_tariff,
)
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
EARLIER = AT - timedelta(days=30)
DAY = Prices(currency="EUR", vat_percent=Decimal("19"), price_per_kwh=Decimal("0.59"))
DEAR = replace(DAY, price_per_kwh=Decimal("0.79"))


@pytest.fixture
def evse(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> EVSE:
    return make_station("CS-1", evses=2).evses.get(number=1)


def name_of_terms(evse: EVSE) -> str | None:
    terms = terms_for(evse, at=AT, driver_id=None)
    return terms and terms.tariff


def test_new_prices_make_a_new_version_and_equal_ones_none(alpha):
    first = save_tariff("Day", DAY, valid_from=EARLIER, by="test")
    save_tariff("Day", replace(DAY, price_per_kwh=Decimal("0.590000")), by="test")
    save_tariff("Day", DEAR, by="test")

    assert list(first.versions.order_by("number").values_list("number", "price_per_kwh")) == [
        (1, Decimal("0.59")),
        (2, Decimal("0.79")),
    ]


def test_a_version_once_made_cannot_be_changed_or_deleted(alpha):
    version = save_tariff("Day", DAY, by="test").versions.get()

    with pytest.raises(DatabaseError, match="not allowed"), transaction.atomic():
        TariffVersion.objects.filter(pk=version.pk).update(price_per_kwh=Decimal("0.01"))
    with pytest.raises(DatabaseError, match="not allowed"), transaction.atomic():
        version.delete()

    version.refresh_from_db()
    assert version.price_per_kwh == Decimal("0.59")


def test_a_tariff_is_renamed_without_a_new_version(alpha):
    tariff = save_tariff("Day", DAY, by="test")

    renamed = save_tariff("Night", DAY, tariff=tariff, by="test")

    assert (renamed.pk, renamed.name, renamed.versions.count()) == (tariff.pk, "Night", 1)


def test_two_tariffs_in_use_never_have_one_name(alpha):
    save_tariff("Day", DAY, by="test")
    night = save_tariff("Night", DAY, by="test")

    with pytest.raises(UnableTo, match="already has this name"):
        save_tariff("Day", DAY, tariff=night, by="test")


@pytest.mark.parametrize(
    ("prices", "path"),
    [
        (replace(DAY, price_per_kwh=Decimal("-0.01")), "$.price_per_kwh"),
        (replace(DAY, price_per_kwh=Decimal("0.1234567")), "$.price_per_kwh"),
        (replace(DAY, price_per_minute=Decimal("1000000")), "$.price_per_minute"),
        (replace(DAY, idle_per_minute=Decimal("NaN")), "$.idle_per_minute"),
        (replace(DAY, vat_percent=Decimal("100.01")), "$.vat_percent"),
        (replace(DAY, currency="EUE"), "$.currency"),
        (replace(DAY, idle_grace_s=-1), "$.idle_grace_s"),
    ],
)
def test_prices_that_cannot_be_used_are_named_by_field(alpha, prices, path):
    with pytest.raises(UnableTo) as problem:
        save_tariff("Day", prices, by="test")

    assert [error.path for error in problem.value.errors] == [path]
    assert not TariffVersion.objects.exists()


def test_the_narrowest_assignment_wins(evse):
    station, location = evse.station, evse.station.location
    places = [
        ("Default", {}),
        ("Site", {"location": location}),
        ("Box", {"station": station}),
        ("Plug", {"evse": evse}),
    ]
    assert name_of_terms(evse) is None

    for name, place in places:
        assign_tariff(save_tariff(name, DAY, valid_from=EARLIER, by="test"), **place, by="test")
        assert name_of_terms(evse) == name

    assert name_of_terms(station.evses.get(number=2)) == "Box"


def test_a_place_has_one_tariff_at_a_time(evse):
    assign_tariff(save_tariff("Old", DAY, valid_from=EARLIER, by="test"), station=evse.station, by="test")
    assignment = assign_tariff(save_tariff("New", DAY, valid_from=EARLIER, by="test"), station=evse.station, by="test")

    assert TariffAssignment.objects.count() == 1
    assert name_of_terms(evse) == "New"

    unassign_tariff(assignment, by="test")
    assert name_of_terms(evse) is None


def test_a_tariff_is_not_assigned_to_two_places_at_once(evse):
    with pytest.raises(UnableTo, match="not to several"):
        assign_tariff(save_tariff("Day", DAY, by="test"), station=evse.station, evse=evse, by="test")


def test_the_version_valid_at_the_start_gives_the_terms(evse):
    tariff = save_tariff("Day", DAY, valid_from=EARLIER, by="test")
    save_tariff("Day", DEAR, valid_from=AT + timedelta(seconds=1), by="test")
    assign_tariff(tariff, by="test")

    before = terms_for(evse, at=AT, driver_id=None)
    after = terms_for(evse, at=AT + timedelta(seconds=1), driver_id=None)

    assert (before.price_per_kwh, before.version_number) == (Decimal("0.59"), 1)
    assert (after.price_per_kwh, after.version_number) == (Decimal("0.79"), 2)
    assert before.time_zone == "Europe/Berlin"


def test_where_a_tariff_is_not_valid_yet_or_no_more_the_wider_assignment_applies(evse):
    assign_tariff(save_tariff("Default", DAY, valid_from=EARLIER, by="test"), by="test")
    assign_tariff(save_tariff("Over", DEAR, valid_from=EARLIER, valid_to=AT, by="test"), evse=evse, by="test")
    assert name_of_terms(evse) == "Default"

    assign_tariff(save_tariff("Future", DEAR, valid_from=AT + timedelta(days=1), by="test"), evse=evse, by="test")
    assert name_of_terms(evse) == "Default"


def test_an_archived_tariff_applies_nowhere_and_its_name_is_free_again(evse):
    tariff = save_tariff("Day", DAY, valid_from=EARLIER, by="test")
    assign_tariff(tariff, by="test")

    archive_tariff(tariff, by="test")

    assert name_of_terms(evse) is None
    with pytest.raises(UnableTo, match="archived"):
        assign_tariff(tariff, by="test")
    assert save_tariff("Day", DEAR, by="test").pk != tariff.pk


def test_terms_are_found_with_two_queries_for_a_default_tariff(evse):
    assign_tariff(save_tariff("Day", DAY, valid_from=EARLIER, by="test"), by="test")
    evse = EVSE.objects.select_related("station__location").get(pk=evse.pk)

    with CaptureQueriesContext(connection) as queries:
        terms_for(evse, at=AT, driver_id=None)

    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 2


def test_tariffs_of_one_tenant_are_unknown_to_another(alpha, beta):
    save_tariff("Day", DAY, by="test")

    with schema_scope(beta.schema_name):
        assert not TariffVersion.objects.exists()


def test_prices_are_described_gross_and_in_the_lawful_order():
    terms = Prices(
        currency="EUR", vat_percent=Decimal("19"), price_per_kwh=Decimal("0.50"), price_per_minute=Decimal("0.01"),
        price_per_session=Decimal("1"), idle_per_minute=Decimal("0.10"), idle_grace_s=900, tax_included=False,
    )  # fmt: skip

    with translation.override("en"):
        assert describe(terms) == [
            "€0.595 per kWh",
            "€0.0119 per minute of charging",
            "€1.19 per charge",
            "€0.119 per minute connected without charging, after the first 15 minutes",
            "Prices include 19% VAT.",
        ]


def test_a_price_of_nothing_is_said_to_be_free():
    free = replace(DAY, price_per_kwh=Decimal(0))

    with translation.override("en"):
        assert describe(free) == describe(None) == ["Charging is free of charge."]


def test_the_price_that_is_shown_is_the_price_that_is_billed(evse):
    assign_tariff(save_tariff("Day", replace(DAY, tax_included=False), valid_from=EARLIER, by="test"), by="test")
    terms = terms_for(evse, at=AT, driver_id=None)
    one_kwh = Usage(started_at=AT, ended_at=AT, energy_wh=1000, duration_s=0)

    assert price(one_kwh, terms).gross == Decimal("0.70")
    with translation.override("en"):
        assert describe(terms)[0] == "€0.7021 per kWh"
