"""Celery tasks of a tenant: they take ids, call one service, and may run twice."""

import functools
from collections.abc import Callable
from typing import Any

from celery import Task, current_app, shared_task
from structlog.contextvars import bound_contextvars

from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import active_schemas, schema_exists


def task_name(function: Callable[..., Any]) -> str:
    """`apps.billing.tasks.issue_cdr` is called `billing.issue_cdr`."""
    return f"{function.__module__.removeprefix('apps.').split('.')[0]}.{function.__name__}"


def tenant_task(function: Callable[..., None]) -> Task:
    """Make a Celery task that runs in the schema it is sent with: `task.delay(schema=…, transaction_id=…)`."""

    @functools.wraps(function)
    def run(*, schema: str, **ids: Any) -> None:
        if not schema_exists(schema):  # deleted since it was sent; its queries would fall through to public
            return
        with bound_contextvars(schema=schema), schema_scope(schema):
            function(**ids)

    return shared_task(run, name=task_name(function))


@shared_task(name="tenants.fan_out")
def fan_out(task: str) -> None:
    """Send a tenant task once for every active tenant; the beat schedule's way to reach them all."""
    for schema in active_schemas():
        current_app.send_task(task, kwargs={"schema": schema})
