"""Logging in, the choice of language, passwords, and who is known where."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import AuditEntry, User
from apps.accounts.services.people import create_operator
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, schema_scope

PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def no_failures_yet(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ada(alpha: Tenant) -> User:
    user, _password = create_operator("ada@alpha.example", role="operator", by="test", password=PASSWORD, language="de")
    return user


def at(tenant: str) -> Client:
    return Client(HTTP_HOST=f"{tenant}.localhost")


def test_an_operator_logs_in_and_reads_their_own_language(ada: User) -> None:
    browser = at("alpha")

    answer = browser.post("/login/", {"username": "ADA@alpha.example", "password": PASSWORD, "next": "/charges/"})

    assert (answer.status_code, answer["Location"]) == (302, "/charges/")
    assert '<html lang="de">' in browser.get("/").content.decode()


def test_a_wrong_password_and_an_unknown_address_look_alike(ada: User) -> None:
    wrong = at("alpha").post("/login/", {"username": ada.email, "password": "no"})
    unknown = at("alpha").post("/login/", {"username": "eve@alpha.example", "password": "no"})

    assert "don&#x27;t fit together" in wrong.content.decode()
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_guessing_passwords_ends_after_ten_attempts(ada: User) -> None:
    guesser = at("alpha")
    for number in range(10):
        guesser.post("/login/", {"username": ada.email, "password": f"guess-{number}"})

    here = guesser.post("/login/", {"username": ada.email, "password": PASSWORD})
    elsewhere = at("alpha").post("/login/", {"username": ada.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.99")

    assert "Too many wrong passwords" in here.content.decode()
    assert elsewhere.status_code == 302


def test_nobody_is_sent_elsewhere_after_logging_in(ada: User) -> None:
    answer = at("alpha").post("/login/", {"username": ada.email, "password": PASSWORD, "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_an_operator_of_one_tenant_is_unknown_to_the_other(ada: User, beta: Tenant) -> None:
    answer = at("beta").post("/login/", {"username": ada.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert "_auth_user_id" not in at("beta").session


def test_a_session_of_one_tenant_opens_nothing_at_the_other(ada: User, beta: Tenant) -> None:
    browser = at("alpha")
    browser.post("/login/", {"username": ada.email, "password": PASSWORD})
    other = at("beta")
    other.cookies["sessionid"] = browser.cookies["sessionid"].value

    assert other.get("/")["Location"] == "/login/?next=/"


def test_platform_staff_are_unknown_to_tenants(alpha: Tenant) -> None:
    with schema_scope(PUBLIC):
        create_operator("petra@platform.example", role="owner", by="test", password=PASSWORD)

    platform = Client(HTTP_HOST="localhost").post(
        "/login/", {"username": "petra@platform.example", "password": PASSWORD}
    )
    tenant = at("alpha").post("/login/", {"username": "petra@platform.example", "password": PASSWORD})

    assert platform.status_code == 302
    assert tenant.status_code == 200


def test_logging_out_needs_a_form_and_ends_the_session(browser: Client) -> None:
    assert browser.get("/logout/").status_code == 405
    browser.post("/logout/")

    assert browser.get("/").status_code == 302


def test_the_choice_of_language_is_kept_with_the_person(ada: User) -> None:
    browser = at("alpha")
    browser.force_login(ada)

    browser.post("/language/", {"language": "en", "next": "/"})
    browser.post("/language/", {"language": "xx", "next": "/"})

    ada.refresh_from_db()
    assert ada.language == "en"


def test_a_person_changes_their_password_and_stays_logged_in_here_only(ada: User) -> None:
    here, elsewhere = at("alpha"), at("alpha")
    for browser in (here, elsewhere):
        browser.post("/login/", {"username": ada.email, "password": PASSWORD})
    fresh = "another-horse-battery"

    answer = here.post("/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})

    assert answer["Location"] == "/password/done/"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="accounts.user.password_set", actor=ada.email).exists()


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", "another-horse-battery"), (PASSWORD, "short"), (PASSWORD, "password123")]
)
def test_a_bad_change_of_password_is_refused(ada: User, old: str, new: str) -> None:
    browser = at("alpha")
    browser.force_login(ada)

    answer = browser.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})

    ada.refresh_from_db()
    assert answer.status_code == 422
    assert ada.check_password(PASSWORD)


def test_an_unknown_host_is_no_address(db: None) -> None:
    answer = Client(HTTP_HOST="nobody.example").get("/")

    assert answer.status_code == 404
    assert "No such address" in answer.content.decode()


def test_the_bare_domain_says_what_this_is(db: None) -> None:
    answer = Client(HTTP_HOST="localhost").get("/")

    assert answer.status_code == 200
    assert "OCPP backend" in answer.content.decode()


@pytest.mark.parametrize("host", ["localhost", "alpha.localhost", "nobody.example"])
def test_probes_answer_on_every_host(db: None, host: str) -> None:
    browser = Client(HTTP_HOST=host)

    assert browser.get("/livez").json() == {"status": "alive"}
    assert browser.get("/readyz").json() == {"status": "ready", "problems": []}


def test_a_process_without_redis_is_not_ready(db: None, settings: Any) -> None:
    from apps.tenants.services import readiness

    settings.REDIS_URL = "redis://127.0.0.1:1"
    readiness._redis.cache_clear()
    answer = Client(HTTP_HOST="localhost").get("/readyz")
    readiness._redis.cache_clear()

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["Redis does not answer."]


@pytest.mark.parametrize("page", ["/", "/login/", "/charges/"])
def test_hand_made_pages_allow_neither_inline_code_nor_other_hosts(browser: Client, page: str) -> None:
    policy = browser.get(page, follow=True)["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_admin_has_a_policy_of_its_own(browser: Client) -> None:
    policy = browser.get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in policy
    assert "object-src 'none'" in policy


def test_a_role_that_lacks_a_right_reads_so(browser_of: Callable[..., Client]) -> None:
    answer = browser_of("read-only").get("/exports/charges.csv")

    assert answer.status_code == 403
    assert "Your role does not include this" in answer.content.decode()
