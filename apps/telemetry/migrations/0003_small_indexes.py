from django.db import migrations

# Beside each reading of eight samples stand two index entries. Equal keys share one entry, hence no instant in the
# index of charges; and four small columns side by side are padded less than with an instant between them.
SMALLER = """
DROP INDEX telemetry.meter_value_transaction;
CREATE INDEX meter_value_transaction ON telemetry.meter_value (tenant_id, transaction_id)
    WHERE transaction_id IS NOT NULL;
ALTER TABLE telemetry.meter_value DROP CONSTRAINT meter_value_tenant_id_station_id_evse_at_context_key;
ALTER TABLE telemetry.meter_value ADD CONSTRAINT meter_value_once UNIQUE (tenant_id, station_id, at, evse, context);
"""
AS_BEFORE = """
DROP INDEX telemetry.meter_value_transaction;
CREATE INDEX meter_value_transaction ON telemetry.meter_value (tenant_id, transaction_id, at)
    WHERE transaction_id IS NOT NULL;
ALTER TABLE telemetry.meter_value DROP CONSTRAINT meter_value_once;
ALTER TABLE telemetry.meter_value ADD UNIQUE (tenant_id, station_id, evse, at, context);
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_tables")]
    operations = [migrations.RunSQL(SMALLER, AS_BEFORE)]
