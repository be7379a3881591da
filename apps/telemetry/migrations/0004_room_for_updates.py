from django.db import migrations

# Live rows are written anew once a second: with room on their page a new version needs no new index entry, and is
# cleared away without a vacuum.
ROOM = """
ALTER TABLE telemetry.charge_live SET (fillfactor = 40);
ALTER TABLE telemetry.station_live SET (fillfactor = 60);
"""
AS_BEFORE = """
ALTER TABLE telemetry.charge_live RESET (fillfactor);
ALTER TABLE telemetry.station_live RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0003_small_indexes")]
    operations = [migrations.RunSQL(ROOM, AS_BEFORE)]
