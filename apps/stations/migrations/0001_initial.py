import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.core.identifiers
import apps.stations.messages
import apps.stations.models.hardware


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ChargingStation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "identity",
                    models.CharField(
                        max_length=48,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9*+=|@._-]{1,48}\\Z",
                                "One to 48 characters: letters, digits and * - _ = + | @ . (OCPP identifierString).",
                            )
                        ],
                        verbose_name="identity",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "registration",
                    models.CharField(
                        choices=[
                            (apps.stations.messages.RegistrationStatus["ACCEPTED"], "accepted"),
                            (apps.stations.messages.RegistrationStatus["PENDING"], "pending"),
                            (apps.stations.messages.RegistrationStatus["REJECTED"], "rejected"),
                        ],
                        default=apps.stations.messages.RegistrationStatus["ACCEPTED"],
                        max_length=10,
                        verbose_name="registration",
                    ),
                ),
                ("password_digest", models.CharField(blank=True, max_length=64)),
                ("vendor", models.CharField(blank=True, max_length=255, verbose_name="vendor")),
                ("model", models.CharField(blank=True, max_length=255, verbose_name="model")),
                ("serial_number", models.CharField(blank=True, max_length=255, verbose_name="serial number")),
                ("firmware_version", models.CharField(blank=True, max_length=255, verbose_name="firmware")),
                ("ocpp_version", models.CharField(blank=True, max_length=5, verbose_name="OCPP version")),
                ("booted_at", models.DateTimeField(blank=True, null=True, verbose_name="booted at")),
                ("boot_reason", models.CharField(blank=True, max_length=50, verbose_name="boot reason")),
                ("is_operative", models.BooleanField(default=True, verbose_name="operative")),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            (apps.stations.messages.ConnectorStatus["AVAILABLE"], "available"),
                            (apps.stations.messages.ConnectorStatus["OCCUPIED"], "occupied"),
                            (apps.stations.messages.ConnectorStatus["RESERVED"], "reserved"),
                            (apps.stations.messages.ConnectorStatus["UNAVAILABLE"], "unavailable"),
                            (apps.stations.messages.ConnectorStatus["FAULTED"], "faulted"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("status_at", models.DateTimeField(blank=True, null=True, verbose_name="status since")),
                ("error_code", models.CharField(blank=True, max_length=50, verbose_name="error code")),
                ("request_counter", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="archived at")),
            ],
            options={
                "verbose_name": "charging station",
                "verbose_name_plural": "charging stations",
                "ordering": ["identity"],
            },
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="street and number")),
                ("postal_code", models.CharField(blank=True, max_length=20, verbose_name="postal code")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                (
                    "country",
                    models.CharField(
                        default="DE",
                        max_length=2,
                        validators=[django.core.validators.RegexValidator("\\A[A-Z]{2}\\Z")],
                        verbose_name="country (ISO 3166)",
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=9,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-90),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=9,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-180),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Europe/Berlin",
                        max_length=50,
                        validators=[apps.stations.models.hardware.check_time_zone],
                        verbose_name="time zone",
                    ),
                ),
            ],
            options={
                "verbose_name": "location",
                "verbose_name_plural": "locations",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="EVSE",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(64),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("evse_id", models.CharField(blank=True, max_length=48, verbose_name="EVSE-ID")),
                (
                    "slug",
                    models.CharField(
                        default=apps.core.identifiers.random_slug, max_length=16, unique=True, verbose_name="slug"
                    ),
                ),
                ("max_power_w", models.PositiveIntegerField(blank=True, null=True, verbose_name="maximum power (W)")),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evses",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "EVSE",
                "verbose_name_plural": "EVSEs",
                "ordering": ["station", "number"],
            },
        ),
        migrations.CreateModel(
            name="Connector",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(64),
                        ],
                        verbose_name="number",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=40, verbose_name="type")),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            (apps.stations.messages.ConnectorStatus["AVAILABLE"], "available"),
                            (apps.stations.messages.ConnectorStatus["OCCUPIED"], "occupied"),
                            (apps.stations.messages.ConnectorStatus["RESERVED"], "reserved"),
                            (apps.stations.messages.ConnectorStatus["UNAVAILABLE"], "unavailable"),
                            (apps.stations.messages.ConnectorStatus["FAULTED"], "faulted"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("raw_status", models.CharField(blank=True, max_length=50, verbose_name="status as told")),
                ("charging_state", models.CharField(blank=True, max_length=15, verbose_name="charging state")),
                ("status_at", models.DateTimeField(blank=True, null=True, verbose_name="since")),
                ("error_code", models.CharField(blank=True, max_length=50, verbose_name="error code")),
                ("info", models.CharField(blank=True, max_length=255, verbose_name="info")),
                ("vendor_error_code", models.CharField(blank=True, max_length=255, verbose_name="vendor error code")),
                ("told_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "evse",
                    models.ForeignKey(
                        verbose_name="EVSE",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connectors",
                        to="stations.evse",
                    ),
                ),
            ],
            options={
                "verbose_name": "connector",
                "verbose_name_plural": "connectors",
                "ordering": ["evse", "number"],
            },
        ),
        migrations.AddField(
            model_name="chargingstation",
            name="location",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stations",
                to="stations.location",
                verbose_name="location",
            ),
        ),
        migrations.CreateModel(
            name="QuarantinedMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(auto_now_add=True, verbose_name="received at")),
                ("action", models.CharField(max_length=50, verbose_name="action")),
                ("message_id", models.CharField(verbose_name="message number", blank=True, max_length=100)),
                ("payload", models.TextField(verbose_name="payload")),
                ("problem", models.TextField(verbose_name="problem")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                ("settled_by", models.CharField(blank=True, max_length=254, verbose_name="settled by")),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quarantined",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "quarantined message",
                "verbose_name_plural": "quarantined messages",
                "ordering": ["-received_at"],
            },
        ),
        migrations.CreateModel(
            name="RefusedConnection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(max_length=255, verbose_name="identity")),
                ("reason", models.CharField(max_length=50, verbose_name="reason")),
                ("address", models.CharField(max_length=64, verbose_name="address")),
                ("subprotocols", models.CharField(blank=True, max_length=255, verbose_name="subprotocols")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="how often")),
                ("first_at", models.DateTimeField(auto_now_add=True, verbose_name="first")),
                ("last_at", models.DateTimeField(verbose_name="last")),
            ],
            options={
                "verbose_name": "refused connection",
                "verbose_name_plural": "refused connections",
                "ordering": ["-last_at"],
                "constraints": [models.UniqueConstraint(fields=("identity", "reason", "address"), name="refused_once")],
            },
        ),
        migrations.CreateModel(
            name="ReportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_id", models.BigIntegerField()),
                ("seq_no", models.IntegerField()),
                ("more", models.BooleanField()),
                ("variables", models.JSONField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                (
                    "station",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="stations.chargingstation"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StationCommand",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(verbose_name="kind", blank=True, max_length=100)),
                ("message", models.JSONField(null=True)),
                ("action", models.CharField(blank=True, max_length=50, verbose_name="action")),
                ("payload", models.JSONField(null=True, verbose_name="payload")),
                ("answer", models.JSONField(null=True, verbose_name="answer")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("sent", "sent"),
                            ("accepted", "accepted"),
                            ("rejected", "rejected"),
                            ("failed", "failed"),
                            ("timed_out", "timed out"),
                            ("expired", "expired"),
                            ("not_honoured", "not honoured"),
                        ],
                        default="queued",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=50, verbose_name="answer in a word")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("late_answer", models.BooleanField(default=False, verbose_name="answered late")),
                ("by", models.CharField(max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                ("message_id", models.CharField(blank=True, max_length=36)),
                ("epoch", models.BigIntegerField(null=True)),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commands",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "command",
                "verbose_name_plural": "commands",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="StationEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField(verbose_name="event number")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("trigger", models.CharField(max_length=20, verbose_name="trigger")),
                ("component", models.CharField(max_length=50, verbose_name="component")),
                ("variable", models.CharField(max_length=50, verbose_name="variable")),
                ("evse", models.PositiveSmallIntegerField(null=True, verbose_name="EVSE")),
                ("connector", models.PositiveSmallIntegerField(null=True, verbose_name="connector")),
                ("value", models.TextField(verbose_name="value")),
                ("cleared", models.BooleanField(default=False, verbose_name="cleared")),
                ("tech_code", models.CharField(blank=True, max_length=255, verbose_name="technical code")),
                ("tech_info", models.TextField(blank=True, verbose_name="technical information")),
                ("kind", models.CharField(blank=True, max_length=50, verbose_name="kind")),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "station event",
                "verbose_name_plural": "station events",
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="Variable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("component", models.CharField(blank=True, max_length=50, verbose_name="component")),
                (
                    "component_instance",
                    models.CharField(verbose_name="component instance", blank=True, max_length=50, null=True),
                ),
                ("name", models.CharField(max_length=50, verbose_name="variable")),
                ("instance", models.CharField(verbose_name="instance", blank=True, max_length=50, null=True)),
                ("evse", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="EVSE")),
                ("connector", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="connector")),
                ("attribute", models.CharField(default="Actual", max_length=10, verbose_name="attribute")),
                ("value", models.TextField(blank=True, null=True, verbose_name="value")),
                ("mutability", models.CharField(blank=True, max_length=10, verbose_name="mutability")),
                ("data_type", models.CharField(blank=True, max_length=20, verbose_name="type")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                ("values_list", models.TextField(blank=True, verbose_name="possible values")),
                ("min_limit", models.FloatField(blank=True, null=True, verbose_name="minimum")),
                ("max_limit", models.FloatField(blank=True, null=True, verbose_name="maximum")),
                ("reported_at", models.DateTimeField(verbose_name="reported at")),
                ("pending_reboot", models.BooleanField(default=False, verbose_name="effective after reboot")),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variables",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "variable",
                "verbose_name_plural": "variables",
                "ordering": ["component", "name"],
            },
        ),
        migrations.AddConstraint(
            model_name="evse",
            constraint=models.UniqueConstraint(fields=("station", "number"), name="evse_once"),
        ),
        migrations.AddConstraint(
            model_name="connector",
            constraint=models.UniqueConstraint(fields=("evse", "number"), name="connector_once"),
        ),
        migrations.AddConstraint(
            model_name="reportpart",
            constraint=models.UniqueConstraint(fields=("station", "request_id", "seq_no"), name="report_part_once"),
        ),
        migrations.AddIndex(
            model_name="stationcommand",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "sent"))),
                fields=["station", "created_at"],
                name="command_open",
            ),
        ),
        migrations.AddIndex(
            model_name="stationcommand",
            index=models.Index(fields=["station", "-created_at"], name="command_station"),
        ),
        migrations.AddIndex(
            model_name="stationcommand",
            index=models.Index(
                condition=models.Q(("message_id", ""), _negated=True), fields=["message_id"], name="command_message"
            ),
        ),
        migrations.AddConstraint(
            model_name="stationcommand",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "sent")), fields=("station",), name="command_one_sent"
            ),
        ),
        migrations.AddConstraint(
            model_name="stationevent",
            constraint=models.UniqueConstraint(fields=("station", "event_id", "at"), name="station_event_once"),
        ),
        migrations.AddConstraint(
            model_name="variable",
            constraint=models.UniqueConstraint(
                fields=(
                    "station",
                    "component",
                    "component_instance",
                    "name",
                    "instance",
                    "evse",
                    "connector",
                    "attribute",
                ),
                name="variable_once",
                nulls_distinct=False,
            ),
        ),
    ]
