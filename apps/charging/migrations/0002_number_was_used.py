from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charging", "0001_initial")]
    operations = [
        migrations.AddField("transaction", "number_was_used", models.BooleanField(default=False)),
        migrations.AlterField(
            "transaction",
            "hold_reason",
            models.CharField(
                blank=True,
                choices=[
                    ("", "billable"),
                    ("negative_energy", "the end reading is below the begin reading"),
                    ("start_unknown", "the start message is missing"),
                    ("end_unknown", "no end reading"),
                    ("begin_unknown", "no begin reading"),
                    ("implicit_stop", "the end is assumed, the station did not tell it"),
                    ("unauthorized", "the token was not accepted"),
                    ("clock", "the station's clock can't be trusted"),
                    ("conflict", "the station's readings contradict each other"),
                    ("place_unknown", "the EVSE is unknown"),
                ],
                max_length=20,
                verbose_name="held",
            ),
        ),
    ]
