import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("charging", "0002_number_was_used"),
        ("drivers", "0001_initial"),
        ("stations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number at the station")),
                ("group", models.CharField(blank=True, max_length=36, verbose_name="group")),
                ("begins_at", models.DateTimeField(verbose_name="begins at")),
                ("ends_at", models.DateTimeField(verbose_name="ends at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("requested", "asked of the station"),
                            ("active", "active"),
                            ("used", "used"),
                            ("expired", "expired"),
                            ("cancelled", "cancelled"),
                            ("refused", "refused"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=50, verbose_name="answer in a word")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("by", models.CharField(max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("asked_at", models.DateTimeField(null=True, verbose_name="asked at")),
                ("held_at", models.DateTimeField(null=True, verbose_name="held since")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="over since")),
                ("notes", models.JSONField(default=list, verbose_name="remarks")),
                (
                    "evse",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="stations.evse",
                        verbose_name="EVSE",
                    ),
                ),
                (
                    "id_token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="drivers.idtoken",
                        verbose_name="id token",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="stations.chargingstation",
                        verbose_name="station",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="charging.transaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "ordering": ["-begins_at", "-pk"],
                "permissions": [("reserve", "Can reserve and cancel")],
                "indexes": [models.Index(fields=["begins_at"], name="reservation_begin")],
                "constraints": [
                    models.UniqueConstraint(fields=("station", "number"), name="reservation_number"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("begins_at"))), name="reservation_times"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state__in", ("planned", "requested", "active"))),
                        expressions=[
                            (
                                models.Func(
                                    models.F("station"), models.F("station"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("evse"), models.F("evse"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (models.Func(models.F("begins_at"), models.F("ends_at"), function="tstzrange"), "&&"),
                        ],
                        name="reservation_once",
                    ),
                ],
            },
        ),
    ]
