from django.db import migrations

TABLES = """
CREATE SCHEMA telemetry;

CREATE TABLE telemetry.meter_value (
    tenant_id integer NOT NULL,
    station_id bigint NOT NULL,
    evse smallint NOT NULL,
    context smallint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    transaction_id bigint,
    seq_no integer,
    energy_wh double precision,
    power_w real,
    current_l1_a real,
    current_l2_a real,
    current_l3_a real,
    current_a real,
    voltage_v real,
    soc_percent real,
    offered_a real,
    temperature_c real,
    extra jsonb,
    UNIQUE (tenant_id, station_id, evse, at, context)
) PARTITION BY RANGE (at);
CREATE TABLE telemetry.meter_value_default PARTITION OF telemetry.meter_value DEFAULT;
CREATE INDEX meter_value_transaction ON telemetry.meter_value (tenant_id, transaction_id, at)
    WHERE transaction_id IS NOT NULL;

CREATE TABLE telemetry.frame (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id integer NOT NULL,
    station_id bigint NOT NULL,
    at timestamptz NOT NULL,
    incoming boolean NOT NULL,
    kind smallint NOT NULL,
    epoch bigint NOT NULL,
    message_id text NOT NULL,
    action text NOT NULL,
    payload text NOT NULL,
    note text NOT NULL DEFAULT ''
) PARTITION BY RANGE (at);
CREATE TABLE telemetry.frame_default PARTITION OF telemetry.frame DEFAULT;
CREATE INDEX frame_station ON telemetry.frame (tenant_id, station_id, at DESC);
CREATE INDEX frame_pair ON telemetry.frame (tenant_id, station_id, message_id);

CREATE TABLE telemetry.station_live (
    tenant_id integer NOT NULL,
    station_id bigint NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    gateway text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    remote_address text NOT NULL DEFAULT '',
    connected_at timestamptz,
    disconnected_at timestamptz,
    last_seen_at timestamptz,
    PRIMARY KEY (tenant_id, station_id)
);

CREATE TABLE telemetry.charge_live (
    tenant_id integer NOT NULL,
    transaction_id bigint NOT NULL,
    at timestamptz NOT NULL,
    energy_wh double precision,
    power_w real,
    soc_percent real,
    PRIMARY KEY (tenant_id, transaction_id)
);
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial"), ("tenants", "0001_initial")]
    operations = [migrations.RunSQL(TABLES, "DROP SCHEMA telemetry CASCADE")]
