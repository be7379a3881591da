"""`manage.py migrate`: public, template schema, every tenant."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from apps.tenants.services.migrations import migrate_everything


class Command(DjangoMigrate):
    help = "Brings the database to the newest state: shared tables, the template schema, and every tenant."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate_everything(args, options, say=self.stdout.write if options["verbosity"] else _keep_quiet)


def _keep_quiet(_line: str) -> None:
    """For `--verbosity 0`, as the test runner calls it."""
