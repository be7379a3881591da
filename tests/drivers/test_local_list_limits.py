"""What a station bears of a local list, from what it has told."""

from collections.abc import Callable

import pytest

from apps.core.clock import now
from apps.drivers.services.local_lists.limits import Limits, limits_of
from apps.stations.models import ChargingStation, Variable
from apps.tenants.models import Tenant
from tests.drivers.listing import KNOWS_LISTS, tell

Make = Callable[..., ChargingStation]


def of(station: ChargingStation) -> Limits:
    return limits_of([station])[station.pk]


def test_a_1_6_station_tells_them_as_keys(alpha: Tenant, make_station: Make) -> None:
    station = make_station("CS-3", ocpp_version="1.6")
    tell(station, **KNOWS_LISTS)

    assert of(station) == Limits(told_per_message=10, told_most=50, is_enabled=True, has_profile=True)
    assert of(station).longest_token == 20


def test_a_2_x_station_tells_them_of_its_controller(alpha: Tenant, make_station: Make) -> None:
    station = make_station("CS-3", ocpp_version="2.0.1")
    for name, value, most in (("Enabled", "true", None), ("ItemsPerMessage", "5", None), ("Entries", "3", 250)):
        Variable.objects.create(
            station=station, component="LocalAuthListCtrlr", name=name, value=value, max_limit=most, reported_at=now()
        )

    assert of(station) == Limits(told_per_message=5, told_most=250, is_enabled=True, is_16=False)
    assert of(station).longest_token == 36


@pytest.mark.parametrize("nonsense", ["", "many", "-1", "1e3", "9" * 12, "٣"])
def test_nonsense_counts_as_not_told(alpha: Tenant, make_station: Make, nonsense: str) -> None:
    station = make_station("CS-3", ocpp_version="1.6")
    tell(station, LocalAuthListMaxLength=nonsense, SendLocalListMaxLength=nonsense)

    assert (of(station).most, of(station).per_message, of(station).are_unknown) == (100, 20, True)


def test_a_station_without_room_is_sent_nothing_and_a_message_holds_at_least_one_entry(
    alpha: Tenant, make_station: Make
) -> None:
    station = make_station("CS-3", ocpp_version="1.6")
    tell(station, LocalAuthListMaxLength="0", SendLocalListMaxLength="0")

    assert (of(station).most, of(station).per_message) == (0, 20)


def test_no_message_grows_beyond_what_a_frame_should_hold(alpha: Tenant, make_station: Make) -> None:
    station = make_station("CS-3", ocpp_version="1.6")
    tell(station, LocalAuthListMaxLength="100000", SendLocalListMaxLength="100000")

    assert (of(station).most, of(station).per_message) == (100_000, 500)


@pytest.mark.parametrize(
    ("enabled", "profiles", "is_offered"),
    [
        ("true", "Core", True),
        ("TRUE ", "", True),
        ("false", "Core,LocalAuthListManagement", False),
        (None, "Core,LocalAuthListManagement", True),
        (None, "core, localauthlistmanagement", True),
        (None, "Core", False),
        ("perhaps", "Core", False),
    ],
)
def test_a_list_is_offered_where_it_is_on_or_at_least_supported(
    alpha: Tenant, make_station: Make, enabled: str | None, profiles: str, is_offered: bool
) -> None:
    station = make_station("CS-3", ocpp_version="1.6")
    tell(station, SupportedFeatureProfiles=profiles)
    if enabled is not None:
        tell(station, LocalAuthListEnabled=enabled)

    assert of(station).is_offered is is_offered


def test_many_stations_are_read_with_one_query(
    alpha: Tenant, make_station: Make, django_assert_num_queries: Callable[..., object]
) -> None:
    stations = [make_station(f"CS-{number}", ocpp_version="1.6") for number in range(5)]
    tell(stations[3], **KNOWS_LISTS)

    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        limits = limits_of(stations)

    assert [limits[station.pk].most for station in stations] == [100, 100, 100, 50, 100]
