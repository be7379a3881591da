"""The tenant's views on the shared telemetry tables, for reading. Writes go through `services`."""

from django.db import models


class MeterValue(models.Model):
    """What a meter showed at one instant of station time; SI units, totals unless a phase is named.

    Positive power flows into the car. The key is (station, EVSE, station time, context): a repeated reading is the
    same row. EVSE 0 is the station's own meter.
    """

    pk = models.CompositePrimaryKey("station_id", "evse", "at", "context")
    station_id = models.BigIntegerField()
    evse = models.SmallIntegerField()
    context = models.SmallIntegerField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(null=True)
    seq_no = models.IntegerField(null=True)
    energy_wh = models.FloatField(null=True)
    power_w = models.FloatField(null=True)
    current_l1_a = models.FloatField(null=True)
    current_l2_a = models.FloatField(null=True)
    current_l3_a = models.FloatField(null=True)
    current_a = models.FloatField(null=True)
    voltage_v = models.FloatField(null=True)
    soc_percent = models.FloatField(null=True)
    offered_a = models.FloatField(null=True)
    temperature_c = models.FloatField(null=True)
    extra = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "meter_value"


class Frame(models.Model):
    """One OCPP-J frame, secrets masked. `kind` is the message type number: 2 CALL, 3 CALLRESULT, 4 CALLERROR, …"""

    id = models.BigIntegerField(primary_key=True)
    station_id = models.BigIntegerField()
    at = models.DateTimeField()
    incoming = models.BooleanField()
    kind = models.SmallIntegerField()
    epoch = models.BigIntegerField()
    message_id = models.TextField()
    action = models.TextField()
    payload = models.TextField()
    note = models.TextField()

    class Meta:
        managed = False
        db_table = "frame"


class StationLive(models.Model):
    """Where a station is connected and when it was last heard; `connected_at` null means it is offline."""

    station_id = models.BigIntegerField(primary_key=True)
    epoch = models.BigIntegerField()
    gateway = models.TextField()
    version = models.TextField()
    remote_address = models.TextField()
    connected_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "station_live"


class ChargeLive(models.Model):
    """The newest reading of an open charge, for pages; never for billing."""

    transaction_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    energy_wh = models.FloatField(null=True)
    power_w = models.FloatField(null=True)
    soc_percent = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "charge_live"
