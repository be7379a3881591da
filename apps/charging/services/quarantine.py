"""Transaction messages that could not be used."""

from django.db import connection, transaction

from apps.stations.messages import Caller
from apps.stations.services.quarantine import quarantine


@transaction.atomic
def set_aside(caller: Caller, *, action: str, message_id: str, payload: str, problem: str) -> int:
    """Keep the message, and give a number to answer with that no charge has or will get (1.6; Q08)."""
    quarantine(caller, action=action, message_id=message_id, payload=payload, problem=problem)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('charging_transaction', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)
