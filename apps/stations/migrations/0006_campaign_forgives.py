from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0005_configuration"),
    ]

    operations = [
        migrations.AddField(
            model_name="firmwarecampaign",
            name="forgiven",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
