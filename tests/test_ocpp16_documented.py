"""docs/ocpp-1.6.md, made from the routes and encoders. When it is stale: OHMSTEAD_WRITE_DOCS=1 pytest <this file>."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.module_loading import import_string
from django.utils.translation import override

from apps.backoffice.forms.orders import ORDERS
from apps.backoffice.services.command_menu import ORDER_ACTIONS, PAGE_ACTIONS
from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.ocpp.routes import ROUTES
from apps.stations.messages import Heartbeat, OcppVersion
from tests.dialects.said import SAID_16
from tests.dialects.shapes import shapes

ROOT = Path(__file__).resolve().parents[1]
PAPER = ROOT / "docs" / "ocpp-1.6.md"
DIALECT = dialect_for(OcppVersion.V16)

PAGES = {
    "local-list": "Station → Local list",
    "profiles": "Station → Charging profiles",
    "reservations": "Reservations",
    "station-certificates": "Station → Certificates",
    "upkeep": "Station → Firmware and logs",
}
# Forms of these actions stand elsewhere than their names' entries say.
ELSEWHERE = {
    "RemoteStartTransaction": "Board and station → Start",
    "RemoteStopTransaction": "Board, station and charge → Stop",
    "CertificateSigned": "Certificates → Sign",
    "ChangeConfiguration": "Station → Configuration",
    "GetConfiguration": "Station → Configuration",
    "ExtendedTriggerMessage": "Station → Commands → All messages; Certificates → Ask for a request",
}
QUEUE = "apps.stations.services.commands.queue_command"
SENDERS = {
    "CancelReservation": "apps.charging.services.reservations.cancel_reservation",
    "CertificateSigned": "apps.certificates.services.signing.sign",
    "ChangeConfiguration": "apps.stations.services.changes.change_variable",
    "ClearChargingProfile": "apps.smartcharging.services.clearing.clear_profiles",
    "DeleteCertificate": "apps.certificates.services.trust.delete",
    "ExtendedTriggerMessage": "apps.certificates.services.requests.ask_for_request",
    "GetCompositeSchedule": "apps.smartcharging.services.reading.read_composite",
    "GetConfiguration": "apps.stations.services.changes.read_everything",
    "GetDiagnostics": "apps.stations.services.logs.request_log",
    "GetInstalledCertificateIds": "apps.certificates.services.trust.read",
    "GetLocalListVersion": "apps.drivers.services.local_lists.orders.read_version",
    "GetLog": "apps.stations.services.logs.request_log",
    "InstallCertificate": "apps.certificates.services.trust.install",
    "RemoteStartTransaction": "apps.charging.services.requests.request_start",
    "RemoteStopTransaction": "apps.charging.services.requests.request_stop",
    "ReserveNow": "apps.charging.services.reservations.reserve",
    "SendLocalList": "apps.drivers.services.local_lists.orders.send_full",
    "SetChargingProfile": "apps.smartcharging.services.setting.set_profile",
    "SignedUpdateFirmware": "apps.stations.services.firmware.request_update",
    "UpdateFirmware": "apps.stations.services.firmware.request_update",
}
SHOWN = {
    "Authorize": "Station → Messages",
    "BootNotification": "Station → Facts",
    "DataTransfer": "Station → Messages",
    "DiagnosticsStatusNotification": "Station → Firmware and logs",
    "FirmwareStatusNotification": "Station → Firmware and logs; campaigns",
    "Heartbeat": "Station → Last seen",
    "LogStatusNotification": "Station → Firmware and logs",
    "MeterValues": "Board; charge → curve",
    "SecurityEventNotification": "Security events",
    "SignCertificate": "Certificates",
    "SignedFirmwareStatusNotification": "Station → Firmware and logs; campaigns",
    "StartTransaction": "Board; charges",
    "StatusNotification": "Board; station",
    "StopTransaction": "Charges; invoices",
}
PROOFS = {
    "Authorize": "test_tc_023_1_a_tag_that_is_known_is_accepted",
    "BootNotification": "test_tc_001_a_station_that_boots_is_accepted_and_told_the_time_and_the_interval",
    "CancelReservation": "test_tc_051_a_reservation_is_cancelled_when_the_station_agrees",
    "CertificateSigned": "test_tc_074_a_station_gets_the_new_certificate_that_it_was_told_to_ask_for",
    "ChangeAvailability": "test_an_order_becomes_a_queued_command",
    "ChangeConfiguration": "test_tc_021_a_changed_key_is_read_back",
    "ClearCache": "test_tc_061_an_operator_clears_the_cache_and_sees_what_came_of_it",
    "ClearChargingProfile": "test_tc_067_a_profile_is_cleared_by_its_number",
    "DataTransfer (from us)": "test_a_strict_station_takes_every_action_that_programs_may_send",
    "DataTransfer": "test_tc_064_vendor_data_that_are_understood_are_accepted_and_used",
    "DeleteCertificate": "test_tc_076_a_root_is_deleted_by_the_name_the_station_gave_it",
    "DiagnosticsStatusNotification": "test_tc_045_1_diagnostics_are_uploaded_and_kept",
    "ExtendedTriggerMessage": "test_q87_the_extended_trigger_has_followers_of_other_names",
    "FirmwareStatusNotification": "test_tc_044_1_firmware_is_downloaded_and_installed",
    "GetCompositeSchedule": "test_tc_066_what_a_station_keeps_to_is_kept",
    "GetConfiguration": "test_tc_019_1_all_keys_are_read_by_themselves_after_a_boot",
    "GetDiagnostics": "test_tc_045_1_diagnostics_are_uploaded_and_kept",
    "GetInstalledCertificateIds": "test_1_6_is_asked_once_for_each_use_and_2_x_once_for_all",
    "GetLocalListVersion": "test_tc_042_2_an_empty_list_is_filled",
    "GetLog": "test_tc_079_the_security_log_is_uploaded_and_kept",
    "Heartbeat": "test_a_strict_station_has_every_message_of_1_6_answered_lawfully",
    "InstallCertificate": "test_tc_075_1_a_manufacturers_root_is_installed_and_found_again_in_the_stations_list",
    "LogStatusNotification": "test_tc_079_the_security_log_is_uploaded_and_kept",
    "MeterValues": "test_tc_003_a_charge_that_begins_with_the_plug",
    "RemoteStartTransaction": "test_tc_010_a_start_from_here_when_the_cable_is_plugged_in",
    "RemoteStopTransaction": "test_tc_012_a_stop_from_here",
    "ReserveNow": "test_tc_046_a_reserved_connector_is_used_by_the_card_it_is_reserved_for",
    "Reset": "test_tc_013_a_hard_reset",
    "SecurityEventNotification": "test_tc_077_a_certificate_that_the_station_finds_invalid_is_an_alarm",
    "SendLocalList": "test_tc_043_4_a_full_list_goes_in_parts_that_the_station_bears",
    "SetChargingProfile": "test_tc_056_a_default_is_set_read_back_and_known",
    "SignCertificate": "test_a_request_of_the_station_is_accepted_and_waits",
    "SignedFirmwareStatusNotification": "test_tc_080_signed_firmware_is_verified_and_installed",
    "SignedUpdateFirmware": "test_tc_080_signed_firmware_is_verified_and_installed",
    "StartTransaction": "test_tc_003_a_charge_that_begins_with_the_plug",
    "StatusNotification": "test_tc_024_a_lock_that_fails_is_shown_and_nothing_is_charged",
    "StopTransaction": "test_tc_003_a_charge_that_begins_with_the_plug",
    "TriggerMessage": "test_tc_054_a_message_that_was_asked_for_is_taken_and_honours_the_order",
    "UnlockConnector": "test_tc_017_1_a_connector_that_nobody_charges_at_is_unlocked",
    "UpdateFirmware": "test_tc_044_1_firmware_is_downloaded_and_installed",
}
# The titles of the certification cases for a server.
TITLES = (
    "001 003 004_1 004_2 005_1 007 010 011_1 011_2 012 013 014 017_1 017_2 018_1 019_1 019_2 021 023_1 023_2 023_3 024"
    " 026 028 030 031 032_1 037_1 037_3 039 040_1 040_2 042_1 042_2 043_1 043_3 043_4 043_5 044_1 044_2 044_3 045_1"
    " 045_2 046 047 048_1 048_2 048_3 048_4 049 051 052 053 054 055 056 057 059 061 064 066 067 073 074 075_1 075_2 076"
    " 077 078 079 080 081 083 085 086 087 088"
)
HEAD = """# OCPP 1.6: every message

All messages of OCPP 1.6 and of the security whitepaper (edition 3), made from the routes and encoders; do not edit.
To make it anew: `OHMSTEAD_WRITE_DOCS=1 .venv/bin/pytest tests/test_ocpp16_documented.py`.

Every message to a station can also be sent by its generated form (Station → Commands → All messages), to many stations
at once (Stations → Ask the chosen ones), and by `POST /api/v1/stations/{identity}/commands`. Every message from a
station is listed under Station → Messages.
"""
COLUMNS = "| message | where the operator finds it | service | proved by |\n|---|---|---|---|\n"


@pytest.fixture(scope="module")
def tests_by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE):
            found[name] = file.relative_to(ROOT).as_posix()
    return found


def called(service: Callable[..., Any]) -> str:
    return f"{service.__module__}.{service.__qualname__}"


def place(action: str) -> str:
    """Where a message to a station is made by hand."""
    if action in ELSEWHERE:
        return ELSEWHERE[action]
    for page, actions in PAGE_ACTIONS.items():
        if action in actions:
            return PAGES[page]
    names = [name for name, actions in ORDER_ACTIONS.items() if action in actions]
    assert names, f"{action} has its generated form only: say so in ELSEWHERE"
    return f"Station → Commands → {ORDERS[names[0]].title}"


def row(action: str, *, where: str, service: str, test: str, tests: dict[str, str]) -> str:
    assert import_string(service)
    return f"| {action} | {where} | `{service}` | `{tests[test]}::{test}` |\n"


def sent(tests: dict[str, str]) -> Iterator[str]:
    encoded = {action for _message, action, _payload in SAID_16}
    assert encoded == set(DIALECT.command_actions), "each has an encoder that says it"
    for action in DIALECT.command_actions:
        proof = PROOFS.get(f"{action} (from us)") or PROOFS[action]
        yield row(action, where=place(action), service=SENDERS.get(action, QUEUE), test=proof, tests=tests)


def received(tests: dict[str, str]) -> Iterator[str]:
    for action in sorted(DIALECT.parsers):
        message = DIALECT.parse(action, shapes(OcppVersion.V16, action)[0], received_at=now())
        service = "apps.ocpp.connection.Connection" if isinstance(message, Heartbeat) else called(ROUTES[type(message)])
        yield row(action, where=SHOWN[action], service=service, test=PROOFS[action], tests=tests)


def test_the_paper_about_1_6_is_what_the_code_says(tests_by_name: dict[str, str]) -> None:
    with override("en"):
        to_stations, from_stations = list(sent(tests_by_name)), list(received(tests_by_name))
    assert (len(to_stations), len(from_stations)) == (26, 14)

    paper = "\n".join([
        HEAD, "## To stations\n", COLUMNS + "".join(to_stations), "## From stations\n", COLUMNS + "".join(from_stations)
    ])  # fmt: skip
    if os.environ.get("OHMSTEAD_WRITE_DOCS"):
        PAPER.write_text(paper)
    assert PAPER.read_text() == paper, "stale: OHMSTEAD_WRITE_DOCS=1 .venv/bin/pytest tests/test_ocpp16_documented.py"


def test_every_title_of_the_certification_has_a_test(tests_by_name: dict[str, str]) -> None:
    titles = TITLES.split()
    assert len(titles) == 77
    assert [title for title in titles if not any(name.startswith(f"test_tc_{title}_") for name in tests_by_name)] == []
