import django.db.models.deletion
from django.db import migrations, models

import apps.stations.messages


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("drivers", "0001_initial"),
        ("stations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("connector_number", models.PositiveSmallIntegerField(null=True)),
                ("ocpp_id", models.CharField(max_length=255, verbose_name="number at the station")),
                ("start_key", models.CharField(max_length=255)),
                ("end_key", models.CharField(blank=True, max_length=64)),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("started_received_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("ended_received_at", models.DateTimeField(null=True)),
                ("start_is_known", models.BooleanField(default=True)),
                ("meter_start_wh", models.BigIntegerField(null=True, verbose_name="begin reading (Wh)")),
                ("meter_stop_wh", models.BigIntegerField(null=True, verbose_name="end reading (Wh)")),
                ("energy_wh", models.PositiveBigIntegerField(default=0, verbose_name="energy (Wh)")),
                ("idle_s", models.PositiveIntegerField(default=0, verbose_name="idle (s)")),
                ("charging_state", models.CharField(blank=True, max_length=15, verbose_name="state")),
                ("token_value", models.CharField(blank=True, max_length=255, verbose_name="token")),
                (
                    "token_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("Accepted", "Accepted"),
                            ("Blocked", "Blocked"),
                            ("ConcurrentTx", "ConcurrentTx"),
                            ("Expired", "Expired"),
                            ("Invalid", "Invalid"),
                            ("NoCredit", "NoCredit"),
                            ("NotAllowedTypeEVSE", "NotAllowedTypeEVSE"),
                            ("NotAtThisLocation", "NotAtThisLocation"),
                            ("NotAtThisTime", "NotAtThisTime"),
                            ("Unknown", "Unknown"),
                        ],
                        max_length=30,
                    ),
                ),
                ("tariff", models.JSONField(null=True)),
                ("remote_start_id", models.BigIntegerField(null=True)),
                ("stopped_reason", models.CharField(blank=True, max_length=30, verbose_name="reason of the end")),
                (
                    "hold_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "billable"),
                            ("negative_energy", "the end reading is below the begin reading"),
                            ("start_unknown", "the start message is missing"),
                            ("end_unknown", "no end reading"),
                            ("begin_unknown", "no begin reading"),
                            ("implicit_stop", "closed because the next charge began"),
                            ("unauthorized", "the token was not accepted"),
                            ("clock", "the station's clock can't be trusted"),
                            ("conflict", "the station's readings contradict each other"),
                            ("place_unknown", "the EVSE is unknown"),
                        ],
                        max_length=20,
                        verbose_name="held",
                    ),
                ),
                ("notes", models.JSONField(verbose_name="remarks", default=list)),
                (
                    "driver",
                    models.ForeignKey(
                        verbose_name="driver",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="drivers.driver",
                    ),
                ),
                (
                    "evse",
                    models.ForeignKey(
                        verbose_name="EVSE",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="stations.evse",
                    ),
                ),
                (
                    "id_token",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="drivers.idtoken",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        verbose_name="station",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="stations.chargingstation",
                    ),
                ),
            ],
            options={
                "verbose_name": "charge",
                "verbose_name_plural": "charges",
                "ordering": ["-started_at"],
                "permissions": [("start", "Can start charges"), ("stop", "Can stop charges")],
            },
        ),
        migrations.CreateModel(
            name="OrphanStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(auto_now_add=True, verbose_name="received at")),
                ("at", models.DateTimeField(verbose_name="ended at")),
                ("transaction_ref", models.CharField(blank=True, max_length=64, verbose_name="number at the station")),
                ("meter_stop_wh", models.BigIntegerField(null=True, verbose_name="end reading (Wh)")),
                ("message", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orphan_stops",
                        to="stations.chargingstation",
                    ),
                ),
                (
                    "matched",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="charging.transaction"
                    ),
                ),
            ],
            options={
                "verbose_name": "stop without a charge",
                "verbose_name_plural": "stops without a charge",
            },
        ),
        migrations.CreateModel(
            name="TransactionMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq_no", models.PositiveBigIntegerField()),
                ("event_type", models.CharField(max_length=10)),
                ("digest", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="charging.transaction"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TransactionState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                apps.stations.messages.ChargingState["CHARGING"],
                                apps.stations.messages.ChargingState["CHARGING"],
                            ),
                            (
                                apps.stations.messages.ChargingState["EV_CONNECTED"],
                                apps.stations.messages.ChargingState["EV_CONNECTED"],
                            ),
                            (
                                apps.stations.messages.ChargingState["SUSPENDED_EV"],
                                apps.stations.messages.ChargingState["SUSPENDED_EV"],
                            ),
                            (
                                apps.stations.messages.ChargingState["SUSPENDED_EVSE"],
                                apps.stations.messages.ChargingState["SUSPENDED_EVSE"],
                            ),
                            (
                                apps.stations.messages.ChargingState["IDLE"],
                                apps.stations.messages.ChargingState["IDLE"],
                            ),
                            ("Faulted", "Faulted"),
                        ],
                        max_length=15,
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="states", to="charging.transaction"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["station", "ocpp_id"], name="transaction_ocpp_id"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["station", "evse"], name="transaction_open"
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["-started_at"], name="transaction_started"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(fields=("station", "start_key"), name="transaction_once"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("ended_received_at__isnull", False), _connector="OR"),
                name="transaction_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="orphanstop",
            constraint=models.UniqueConstraint(fields=("station", "digest"), name="orphan_stop_once"),
        ),
        migrations.AddConstraint(
            model_name="transactionmessage",
            constraint=models.UniqueConstraint(fields=("transaction", "seq_no"), name="transaction_message_once"),
        ),
        migrations.AddConstraint(
            model_name="transactionstate",
            constraint=models.UniqueConstraint(fields=("transaction", "at", "state"), name="transaction_state_once"),
        ),
    ]
