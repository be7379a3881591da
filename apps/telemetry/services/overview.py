"""Which gateway processes hold how many stations, across all tenants."""

from django.db import connection

from apps.telemetry.messages import GatewayLoad

GATEWAYS = """
SELECT gateway, count(*), count(DISTINCT tenant_id), max(last_seen_at) FROM telemetry.station_live
WHERE connected_at IS NOT NULL GROUP BY gateway ORDER BY gateway
"""


def gateway_loads() -> list[GatewayLoad]:
    with connection.cursor() as cursor:
        cursor.execute(GATEWAYS)
        return [
            GatewayLoad(gateway=gateway, stations=stations, tenants=tenants, heard_at=heard_at)
            for gateway, stations, tenants, heard_at in cursor.fetchall()
        ]
