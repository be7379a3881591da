"""Programs of two tenants, with the scopes a test gives them."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.services.keys import create_api_key
from apps.tenants.models import Tenant


@pytest.fixture
def program(alpha: Tenant) -> Callable[..., APIClient]:
    """`program(Scope.READ)`: a client of alpha with a key of these scopes; without any it may do everything."""

    def make(*scopes: Scope, name: str = "erp", host: str = "alpha.localhost") -> APIClient:
        _key, plain = create_api_key(name, scopes=scopes or tuple(Scope), by="test")
        return client_with(plain, host=host)

    return make


def client_with(key: str, *, host: str = "alpha.localhost") -> APIClient:
    return APIClient(HTTP_HOST=host, HTTP_AUTHORIZATION=f"Bearer {key}")


@pytest.fixture
def api(program: Callable[..., APIClient]) -> APIClient:
    """A client of alpha that may do everything, named `erp`."""
    return program()


@pytest.fixture
def paths() -> Callable[[Any], list[str]]:
    """Where a problem says that something is wrong."""

    def of(response: Any) -> list[str]:
        assert response["Content-Type"] == "application/problem+json", response.content
        return [error["path"] for error in response.json()["errors"]]

    return of
