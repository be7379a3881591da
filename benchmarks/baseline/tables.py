"""`python -m benchmarks.baseline.tables`: the table of samples in every tenant."""

import django

django.setup()

from apps.tenants.scope import schema_scope  # noqa: E402
from apps.tenants.services.tenants import active_schemas  # noqa: E402
from benchmarks.baseline.models import make_table  # noqa: E402

for schema in active_schemas():
    with schema_scope(schema):
        make_table()
