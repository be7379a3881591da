import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.stations.messages.upkeep
import apps.stations.rules.firmware
import apps.stations.rules.logs


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0002_command_result"),
    ]

    operations = [
        migrations.CreateModel(
            name="Firmware",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(max_length=255, verbose_name="version")),
                ("vendor", models.CharField(blank=True, max_length=255, verbose_name="vendor")),
                ("model", models.CharField(blank=True, max_length=255, verbose_name="model")),
                ("file_name", models.CharField(max_length=100, verbose_name="file")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("signature", models.CharField(blank=True, max_length=800, verbose_name="signature (base64)")),
                (
                    "signing_certificate",
                    models.TextField(blank=True, max_length=5500, verbose_name="signing certificate (PEM)"),
                ),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="notes")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="archived at"),
                ),
            ],
            options={
                "verbose_name": "firmware",
                "verbose_name_plural": "firmware",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("archived_at", None)),
                        fields=("vendor", "model", "version"),
                        name="firmware_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FirmwareCampaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("retrieve_at", models.DateTimeField(blank=True, null=True, verbose_name="download from")),
                ("install_at", models.DateTimeField(blank=True, null=True, verbose_name="install from")),
                (
                    "retries",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="attempts to download",
                    ),
                ),
                (
                    "retry_interval_s",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(604800)],
                        verbose_name="seconds between attempts",
                    ),
                ),
                ("is_signed", models.BooleanField(default=False, verbose_name="with its signature")),
                (
                    "timeout_s",
                    models.PositiveIntegerField(
                        default=86400,
                        validators=[
                            django.core.validators.MinValueValidator(60),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="time limit (s)",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("paused", "paused"),
                            ("stopped", "stopped"),
                            ("cancelled", "cancelled"),
                            ("done", "done"),
                        ],
                        default="running",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "wave_size",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="stations per wave",
                    ),
                ),
                (
                    "pause_s",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(604800)],
                        verbose_name="pause between waves (s)",
                    ),
                ),
                ("stop_after", models.PositiveIntegerField(default=1, verbose_name="stop after so many failures")),
                ("wave", models.PositiveIntegerField(default=0, verbose_name="wave")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="next wave at")),
                ("by", models.CharField(max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "firmware",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="stations.firmware",
                        verbose_name="firmware",
                    ),
                ),
            ],
            options={
                "verbose_name": "firmware campaign",
                "verbose_name_plural": "firmware campaigns",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FirmwareUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("retrieve_at", models.DateTimeField(blank=True, null=True, verbose_name="download from")),
                ("install_at", models.DateTimeField(blank=True, null=True, verbose_name="install from")),
                (
                    "retries",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="attempts to download",
                    ),
                ),
                (
                    "retry_interval_s",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(604800)],
                        verbose_name="seconds between attempts",
                    ),
                ),
                ("is_signed", models.BooleanField(default=False, verbose_name="with its signature")),
                (
                    "timeout_s",
                    models.PositiveIntegerField(
                        default=86400,
                        validators=[
                            django.core.validators.MinValueValidator(60),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="time limit (s)",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=512, verbose_name="address")),
                ("wave", models.PositiveIntegerField(default=0, verbose_name="wave")),
                ("version", models.CharField(blank=True, max_length=255, verbose_name="version")),
                ("version_before", models.CharField(blank=True, max_length=255, verbose_name="version before")),
                ("request_id", models.PositiveIntegerField(blank=True, null=True, verbose_name="request number")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (apps.stations.rules.firmware.UpdateState["WAITING"], "waiting"),
                            (apps.stations.rules.firmware.UpdateState["ASKED"], "asked for"),
                            (apps.stations.rules.firmware.UpdateState["ACCEPTED"], "accepted"),
                            (apps.stations.rules.firmware.UpdateState["DOWNLOADING"], "downloading"),
                            (apps.stations.rules.firmware.UpdateState["DOWNLOADED"], "downloaded"),
                            (apps.stations.rules.firmware.UpdateState["INSTALLING"], "installing"),
                            (apps.stations.rules.firmware.UpdateState["INSTALLED"], "installed"),
                            (apps.stations.rules.firmware.UpdateState["FAILED"], "failed"),
                            (apps.stations.rules.firmware.UpdateState["UNKNOWN"], "unknown"),
                            (apps.stations.rules.firmware.UpdateState["CANCELLED"], "cancelled"),
                        ],
                        default=apps.stations.rules.firmware.UpdateState["WAITING"],
                        max_length=11,
                        verbose_name="state",
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=50, verbose_name="status as told")),
                ("problem", models.TextField(blank=True, verbose_name="problem")),
                ("by", models.CharField(max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="asked at")),
                ("deadline_at", models.DateTimeField(blank=True, null=True, verbose_name="until when")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="stations.firmwarecampaign",
                    ),
                ),
                (
                    "command",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stations.stationcommand",
                    ),
                ),
                (
                    "firmware",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="stations.firmware",
                        verbose_name="firmware",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="firmware_updates",
                        to="stations.chargingstation",
                        verbose_name="station",
                    ),
                ),
            ],
            options={
                "verbose_name": "firmware update",
                "verbose_name_plural": "firmware updates",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FirmwareUpdateStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("asked", "Asked to update"),
                            ("answered", "Answered"),
                            ("told", "Told"),
                            ("fetched", "Fetched the file"),
                            ("booted", "Started with version"),
                            ("timed_out", "Nothing heard in time"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=255, verbose_name="detail")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("last_at", models.DateTimeField(verbose_name="last")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="how often")),
                (
                    "update",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="stations.firmwareupdate"
                    ),
                ),
            ],
            options={
                "verbose_name": "step of an update",
                "verbose_name_plural": "steps of updates",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "direction",
                    models.CharField(
                        choices=[("download", "to the station"), ("upload", "from the station")],
                        max_length=8,
                        verbose_name="direction",
                    ),
                ),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("moved", models.PositiveBigIntegerField(default=0, verbose_name="bytes moved")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used at")),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="stations.chargingstation",
                        verbose_name="station",
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
            },
        ),
        migrations.CreateModel(
            name="ReceivedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("received_at", models.DateTimeField(auto_now_add=True, verbose_name="received at")),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="stations.transfer"
                    ),
                ),
            ],
            options={
                "verbose_name": "received file",
                "verbose_name_plural": "received files",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="firmwareupdate",
            name="transfer",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="firmware_update",
                to="stations.transfer",
            ),
        ),
        migrations.CreateModel(
            name="LogRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "log_type",
                    models.CharField(
                        choices=[
                            (apps.stations.messages.upkeep.LogType["DIAGNOSTICS"], "diagnostics"),
                            (apps.stations.messages.upkeep.LogType["SECURITY"], "security log"),
                        ],
                        max_length=20,
                        verbose_name="log",
                    ),
                ),
                ("oldest_at", models.DateTimeField(blank=True, null=True, verbose_name="from")),
                ("latest_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("address", models.CharField(blank=True, max_length=512, verbose_name="address")),
                ("request_id", models.PositiveIntegerField(verbose_name="request number")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (apps.stations.rules.logs.LogState["ASKED"], "asked for"),
                            (apps.stations.rules.logs.LogState["ACCEPTED"], "accepted"),
                            (apps.stations.rules.logs.LogState["UPLOADING"], "uploading"),
                            (apps.stations.rules.logs.LogState["UPLOADED"], "uploaded"),
                            (apps.stations.rules.logs.LogState["FAILED"], "failed"),
                            (apps.stations.rules.logs.LogState["UNKNOWN"], "unknown"),
                            (apps.stations.rules.logs.LogState["CANCELLED"], "cancelled"),
                        ],
                        default=apps.stations.rules.logs.LogState["ASKED"],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=50, verbose_name="status as told")),
                ("status_at", models.DateTimeField(blank=True, null=True, verbose_name="told at")),
                ("problem", models.TextField(blank=True, verbose_name="problem")),
                ("file_name", models.CharField(blank=True, max_length=255, verbose_name="file")),
                ("by", models.CharField(max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="asked at")),
                ("deadline_at", models.DateTimeField(verbose_name="until when")),
                (
                    "command",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stations.stationcommand",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="log_requests",
                        to="stations.chargingstation",
                        verbose_name="station",
                    ),
                ),
                (
                    "transfer",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="log_request",
                        to="stations.transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "log request",
                "verbose_name_plural": "log requests",
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("station", "request_id"), name="log_request_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="firmwareupdate",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "asked", "accepted", "downloading", "downloaded", "installing"])
                ),
                fields=("station",),
                name="firmware_update_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="firmwareupdate",
            constraint=models.UniqueConstraint(fields=("station", "request_id"), name="firmware_update_once"),
        ),
    ]
