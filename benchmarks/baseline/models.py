"""One row per sampled value, in the tenant's schema."""

from django.db import connection, models


class Sample(models.Model):
    transaction = models.CharField(max_length=36)
    at = models.DateTimeField()
    measurand = models.CharField(max_length=50)
    phase = models.CharField(max_length=10, blank=True)
    context = models.CharField(max_length=30)
    location = models.CharField(max_length=10)
    unit = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=18, decimal_places=4)

    objects: models.Manager["Sample"] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["transaction", "at"], name="bench_sample_series")]


def make_table() -> None:
    """In the schema of this moment, once; empty."""
    if Sample._meta.db_table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {Sample._meta.db_table}")
        return
    with connection.schema_editor() as editor:
        editor.create_model(Sample)
