import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("drivers", "0001_initial"),
        ("stations", "0002_command_result"),
    ]

    operations = [
        migrations.AddField(
            model_name="idtoken",
            name="allows_concurrent",
            field=models.BooleanField(default=True, verbose_name="may charge at several places at once"),
        ),
        migrations.AddField(
            model_name="idtoken",
            name="last_used_on",
            field=models.DateField(editable=False, null=True, verbose_name="last used on"),
        ),
        migrations.CreateModel(
            name="LocalList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "keep",
                    models.CharField(
                        choices=[("auto", "where the station supports it"), ("on", "always"), ("off", "never")],
                        default="auto",
                        max_length=4,
                        verbose_name="keep",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("off", "not kept"),
                            ("unsupported", "not supported"),
                            ("waiting", "waiting"),
                            ("updating", "being updated"),
                            ("failed", "failed"),
                            ("in_step", "in step"),
                        ],
                        default="off",
                        max_length=11,
                        verbose_name="state",
                    ),
                ),
                ("entries", models.JSONField(default=dict)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0, verbose_name="entries")),
                ("left_out", models.PositiveIntegerField(default=0, verbose_name="left out")),
                ("version", models.IntegerField(null=True, verbose_name="version")),
                ("told_version", models.IntegerField(null=True, verbose_name="version told")),
                ("told_at", models.DateTimeField(null=True, verbose_name="version told at")),
                ("asks_version", models.BooleanField(default=True)),
                ("needs_full", models.BooleanField(default=True)),
                ("asked_limits", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(null=True, verbose_name="updated at")),
                ("status", models.CharField(blank=True, max_length=50, verbose_name="last answer")),
                ("problem", models.TextField(blank=True, verbose_name="problem")),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True, verbose_name="next attempt at")),
                ("unsupported_firmware", models.CharField(max_length=255, null=True)),
                (
                    "command",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stations.stationcommand",
                    ),
                ),
                (
                    "station",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="local_list",
                        to="stations.chargingstation",
                        verbose_name="station",
                    ),
                ),
            ],
            options={
                "verbose_name": "local list",
                "verbose_name_plural": "local lists",
                "ordering": ["station__identity"],
            },
        ),
        migrations.CreateModel(
            name="LocalListPolicy",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("is_kept", models.BooleanField(default=True, verbose_name="keep local lists")),
            ],
            options={
                "verbose_name": "local list policy",
                "verbose_name_plural": "local list policy",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_local_list_policy")],
            },
        ),
    ]
