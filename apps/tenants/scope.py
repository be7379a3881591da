"""The only bridge between async code and the ORM, and the only place that chooses a schema.

The schema is set inside the thread that runs the service: set around an `await` it would be lost silently,
because a connection belongs to a thread.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import close_old_connections, connection
from django_tenants.utils import get_public_schema_name, schema_context

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="tenant")

PUBLIC: str = get_public_schema_name()

# Django's connection with what django-tenants' backend adds to it.
tenant_connection: Any = connection


@contextmanager
def schema_scope(schema: str) -> Iterator[None]:
    """Run the body in a tenant's schema (or `PUBLIC`) on this thread's connection."""
    with schema_context(schema):
        yield


def current_schema() -> str:
    """The schema that queries of this thread go to."""
    return str(tenant_connection.schema_name)


async def in_tenant(schema: str, service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service in the process's own threads, inside a tenant's schema, and wait for it."""
    context = contextvars.copy_context()
    call = partial(context.run, _call, schema, partial(service, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


def _call(schema: str, service: Callable[[], R]) -> R:
    close_old_connections()
    try:
        with schema_scope(schema):
            return service()
    finally:
        close_old_connections()
