"""`in_tenant` under concurrency: each call sees its own tenant."""

import asyncio

from apps.accounts.models import User
from apps.tenants.scope import PUBLIC, current_schema, in_tenant


def _look() -> tuple[str, list[str]]:
    return current_schema(), list(User.objects.values_list("email", flat=True))


async def test_interleaved_calls_see_their_own_tenants_rows(live_tenant):
    await in_tenant(live_tenant.schema_name, User.objects.create, email="here@example.com")

    schemas = [live_tenant.schema_name, PUBLIC, "t_beta"] * 40
    seen = await asyncio.gather(*(in_tenant(schema, _look) for schema in schemas))

    expected = {live_tenant.schema_name: ["here@example.com"], PUBLIC: [], "t_beta": []}
    assert seen == [(schema, expected[schema]) for schema in schemas]


async def test_an_error_in_a_service_comes_back_and_spoils_nothing(live_tenant):
    failures = await asyncio.gather(
        *(in_tenant(live_tenant.schema_name, _fail) for _ in range(20)), return_exceptions=True
    )

    assert {type(failure) for failure in failures} == {ZeroDivisionError}
    assert (await in_tenant("t_beta", _look))[0] == "t_beta"


def _fail() -> None:
    User.objects.count()
    raise ZeroDivisionError
