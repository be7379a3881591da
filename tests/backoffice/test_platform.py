"""Platform staff make tenants with their first operator."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry, User
from apps.tenants.models import Domain, Reseller, Tenant
from apps.tenants.scope import PUBLIC, schema_scope

OWNER = "first@newcomer.example"


@pytest.fixture
def staff(db: None) -> Client:
    """A browser on the bare domain with platform staff logged in."""
    with schema_scope(PUBLIC):
        user = User.objects.create(email="petra@platform.example", role=Role.OWNER)
        browser = Client(HTTP_HOST="localhost")
        browser.force_login(user)
    return browser


def add(staff: Client, **changes: str) -> tuple[str, object]:
    slug = f"new-{secrets.token_hex(3)}"
    data = {
        "slug": slug, "name": "Newcomer", "reseller": "", "domain": "", "operator_email": OWNER, "operator_name": "Ada",
        "password": "",
    }  # fmt: skip
    return slug, staff.post("/admin/tenants/tenant/add/", data | changes, follow=True)


def test_one_form_makes_a_tenant_with_host_name_and_owner(staff: Client) -> None:
    host = f"{secrets.token_hex(4)}.example"
    slug, answer = add(staff, domain=host.upper())

    with schema_scope(PUBLIC):
        tenant = Tenant.objects.get(slug=slug)
        assert Domain.objects.get(domain=host).tenant == tenant
        assert AuditEntry.objects.filter(action="tenants.tenant.created", actor="petra@platform.example").exists()
    with schema_scope(tenant.schema_name):
        owner = User.objects.get(email=OWNER)
        assert owner.role == Role.OWNER
    (message,) = [str(message) for message in answer.context["messages"] if OWNER in str(message)]  # type: ignore[attr-defined]
    password = message.split("Shown once: ")[1].split(" — ")[0]
    for name in (f"{slug}.localhost", host):
        entered = Client(HTTP_HOST=name).post("/login/", {"username": OWNER, "password": password})
        assert entered.status_code == 302, name


def test_a_password_that_was_given_is_not_shown(staff: Client) -> None:
    slug, answer = add(staff, password="correct-horse-battery")

    assert Tenant.objects.filter(slug=slug).exists()
    assert "correct-horse-battery" not in answer.content.decode()  # type: ignore[attr-defined]
    entered = Client(HTTP_HOST=f"{slug}.localhost").post(
        "/login/", {"username": OWNER, "password": "correct-horse-battery"}
    )
    assert entered.status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "alpha"), ("slug", "Bad_Slug"), ("slug", "admin"), ("password", "short"), ("operator_email", "nobody")],
)
def test_what_can_not_be_used_is_refused_and_leaves_nothing(
    staff: Client, alpha: Tenant, field: str, value: str
) -> None:
    with schema_scope(PUBLIC):
        before = Tenant.objects.count()

    _slug, answer = add(staff, **{field: value})

    with schema_scope(PUBLIC):
        assert answer.status_code == 200  # type: ignore[attr-defined]
        assert answer.context["adminform"].form.errors  # type: ignore[attr-defined]
        assert Tenant.objects.count() == before


def test_a_host_name_in_use_is_refused_at_its_field(staff: Client) -> None:
    slug, answer = add(staff, domain="localhost")

    assert "domain" in answer.context["adminform"].form.errors  # type: ignore[attr-defined]
    with schema_scope(PUBLIC):
        assert not Tenant.objects.filter(slug=slug).exists()


def test_a_tenant_is_renamed_and_put_to_sleep_but_keeps_its_slug(staff: Client) -> None:
    slug, _answer = add(staff)
    with schema_scope(PUBLIC):
        tenant = Tenant.objects.get(slug=slug)

    staff.post(
        f"/admin/tenants/tenant/{tenant.pk}/change/", {"name": "Renamed", "slug": "other", "reseller": "", "domain": ""}
    )

    with schema_scope(PUBLIC):
        tenant.refresh_from_db()
        assert (tenant.name, tenant.slug, tenant.is_active) == ("Renamed", slug, False)
    assert Client(HTTP_HOST=f"{slug}.localhost").get("/").status_code == 404


def test_resellers_are_kept(staff: Client) -> None:
    staff.post("/admin/tenants/reseller/add/", {"name": "Vertrieb Nord"})

    with schema_scope(PUBLIC):
        assert Reseller.objects.filter(name="Vertrieb Nord").exists()


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/tenants/tenant/", "/admin/accounts/user/", "/admin/accounts/auditentry/"]
)
def test_every_page_of_the_platform_admin_opens(staff: Client, address: str) -> None:
    assert staff.get(address).status_code == 200


def test_the_platform_admin_is_closed_to_strangers_and_absent_on_tenant_hosts(browser: Client) -> None:
    assert Client(HTTP_HOST="localhost").get("/admin/tenants/tenant/").status_code == 302
    assert browser.get("/admin/tenants/tenant/").status_code == 404


def test_an_unknown_host_shows_the_list_of_tenants_to_platform_staff_only(staff: Client, alpha: Tenant) -> None:
    seen = staff.get("/anything/", HTTP_HOST="nobody.example")
    stranger = Client(HTTP_HOST="nobody.example").get("/anything/")

    assert (seen.status_code, stranger.status_code) == (404, 404)
    assert "//alpha.localhost" in seen.content.decode()
    assert "alpha" not in stranger.content.decode()


@pytest.fixture
def edit(staff: Client, alpha: Tenant) -> Callable[..., Any]:
    def save(**days: str) -> Any:
        data = {"name": alpha.name, "reseller": "", "is_active": "on", "domain": ""}
        return staff.post(f"/admin/tenants/tenant/{alpha.pk}/change/", data | days)

    return save


def test_a_tenant_may_keep_its_rows_for_fewer_days_than_the_house(edit, alpha) -> None:
    assert edit(meter_value_days="100", frame_days="14").status_code == 302

    alpha.refresh_from_db()
    assert (alpha.meter_value_days, alpha.frame_days) == (100, 14)
    with schema_scope(PUBLIC):
        entry = AuditEntry.objects.get(action="tenants.tenant.changed", target=f"tenants.tenant:{alpha.pk}")
    assert entry.detail["fields"] == ["frame_days", "meter_value_days"]


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"meter_value_days": "", "frame_days": "91"}, "for longer than 90 days"),
        ({"meter_value_days": "59", "frame_days": ""}, "60"),
    ],
)
def test_nobody_may_keep_more_than_the_house_or_too_little_for_billing(edit, alpha, days, refusal) -> None:
    answer = edit(**days)

    assert (answer.status_code, refusal in answer.content.decode()) == (200, True)
    alpha.refresh_from_db()
    assert (alpha.meter_value_days, alpha.frame_days) == (None, None)
