"""Whether a process could serve anyone now: the database answers and is migrated, Redis answers."""

from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis, RedisError


def problems() -> list[str]:
    """What keeps us from being ready, in words for whoever looks at the probe; empty when all is well."""
    return [problem for problem in (_database_problem(), _redis_problem()) if problem]


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "" if _is_migrated() else "The database is not migrated."
    except Error:
        return "The database does not answer."


def _is_migrated() -> bool:
    """Once it is, it stays so for this code: only a yes is remembered."""
    try:
        return _check_migrations()
    except LookupError:
        return False


@cache
def _check_migrations() -> bool:
    """Raises instead of answering no, because a no must not be cached."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError
    return True


@cache
def _redis() -> "Redis":
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _redis_problem() -> str:
    try:
        _redis().ping()
    except RedisError:
        return "Redis does not answer."
    return ""
