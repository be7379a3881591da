"""Connections of our own to the database that Django knows: outside its pool, asynchronous, each for one purpose."""

from typing import Any

import psycopg
from django.db import connection

CONNECT_WITHIN_S = 5

Link = psycopg.AsyncConnection[tuple[Any, ...]]


async def connect(name: str, **options: Any) -> Link:
    """`name` is what `pg_stat_activity` shows. Every statement commits by itself."""
    given = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    told = {key: given[theirs] for key, theirs in names.items() if given[theirs]}
    configured = {key: value for key, value in given["OPTIONS"].items() if key != "pool"}
    return await psycopg.AsyncConnection.connect(
        **{"connect_timeout": CONNECT_WITHIN_S, "application_name": name, **configured, **told, **options},
        autocommit=True,
    )
