"""Platform staff see how the house does, and send again what hangs."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry, User
from apps.core.clock import now
from apps.events.models import OutboxRow
from apps.stations.services.credentials import note_refused
from apps.telemetry.services.leases import take_lease
from apps.tenants.scope import PUBLIC, schema_scope


@pytest.fixture
def browser(db):
    def log_in(role: Role = Role.OWNER) -> Client:
        with schema_scope(PUBLIC):
            made = Client(HTTP_HOST="localhost")
            made.force_login(User.objects.create(email=f"{role}@platform.example", role=role))
        return made

    return log_in


@pytest.fixture
def hanging(alpha):
    with schema_scope(PUBLIC):
        row = OutboxRow.objects.create(
            schema=alpha.schema_name, event="billing.CdrIssued", task="billing.issue_invoice", payload={"cdr_id": 1},
            attempts=3, sent_at=now(), error="KeyError: 'seller'\nDETAIL: 04AABBCCDD",
        )  # fmt: skip
        OutboxRow.objects.filter(pk=row.pk).update(due_at=now() + timedelta(hours=1))
        row.refresh_from_db()
    return row


def test_the_page_shows_gateways_tasks_that_failed_and_tenants_in_trouble(browser, alpha, hanging, make_station):
    take_lease(make_station("CS-1").pk, gateway="gateway.one.9000", version="1.6", address="127.0.0.1")
    take_lease(make_station("CS-2").pk, gateway="gateway.one.9000", version="1.6", address="127.0.0.1")
    note_refused("CS-9", "wrong identity or password", "192.0.2.1", "ocpp1.6")

    answer = browser().get("/admin/system/")

    assert answer.status_code == 200
    assert [row[:3] for row in answer.context["gateways"]["rows"]] == [["gateway.one.9000", 2, 1]]
    assert [row[0] for row in answer.context["troubles"]["rows"]] == [alpha.slug]
    text = answer.content.decode()
    assert "billing.issue_invoice" in text
    assert "KeyError" in text
    assert "04AABBCCDD" not in text


def test_the_button_makes_due_what_was_sent_and_says_who_pressed_it(browser, hanging):
    assert hanging.due_at > now()
    answer = browser().post("/admin/system/", follow=True)

    hanging.refresh_from_db()
    assert hanging.due_at <= now()
    with schema_scope(PUBLIC):
        [entry] = AuditEntry.objects.filter(action="events.outboxrow.sent_again")
    assert (entry.actor, entry.detail) == ("owner@platform.example", {"rows": 1})
    assert "1 task is sent again." in answer.content.decode()


def test_it_is_for_those_who_may_change_tenants(browser, hanging):
    reader = browser(Role.READ_ONLY)
    for answer in (
        reader.get("/admin/system/"),
        reader.post("/admin/system/"),
        Client(HTTP_HOST="localhost").post("/admin/system/"),
    ):
        assert answer.status_code in (302, 403)
    hanging.refresh_from_db()

    assert hanging.due_at > now()


def test_a_tenants_host_has_no_such_page(browser_of):
    assert browser_of(Role.OWNER).get("/admin/system/").status_code == 404
