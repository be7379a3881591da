"""django-tenants' connection, which names the schema once per transaction instead of before every statement.

With `TENANT_LIMIT_SET_CALLS` it remembers that `SET search_path` was sent. PostgreSQL forgets a SET with the
transaction that made it, and a pool hands out connections that another tenant has used: what is remembered must be
true nevertheless. So it is forgotten at every end of a transaction, at every rollback to a savepoint, and with every
physical connection. What remains was said outside any transaction, which lasts, or in the one that is still open.
"""

from django_tenants.postgresql_backend import base


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Adds what django-tenants leaves out: the commit that PostgreSQL turns into a rollback, and a new connection."""

    def connect(self) -> None:
        self.search_path_set_schemas = None
        super().connect()

    def commit(self) -> None:
        """A commit after an error that somebody has swallowed is a rollback, and nobody is told."""
        try:
            super().commit()
        finally:
            self.search_path_set_schemas = None
