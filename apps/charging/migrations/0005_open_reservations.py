from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charging", "0004_decisions")]

    operations = [
        migrations.AddIndex(
            "reservation",
            models.Index(
                condition=models.Q(("state__in", ("planned", "requested", "active"))),
                fields=["station", "ends_at"],
                name="reservation_open",
            ),
        ),
    ]
