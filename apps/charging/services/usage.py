"""What a charge has used, as pricing wants it."""

from apps.charging.models import Transaction
from apps.charging.rules.idle import idle_seconds
from apps.core.clock import now
from apps.tariffs.messages import Usage
from apps.telemetry.models import ChargeLive


def usage_of(charge: Transaction) -> Usage:
    """An ended charge's settled figures; an open one's as far as they are known, for showing only.

    A charge that ended before it began lasted no time (Q40).
    """
    if charge.ended_at is None:
        return _so_far(charge)
    ended_at = max(charge.started_at, charge.ended_at)
    return Usage(
        started_at=charge.started_at,
        ended_at=ended_at,
        energy_wh=charge.energy_wh,
        duration_s=int((ended_at - charge.started_at).total_seconds()),
        idle_s=charge.idle_s,
    )


def _so_far(charge: Transaction) -> Usage:
    until = max(now(), charge.started_at)
    live = ChargeLive.objects.filter(transaction_id=charge.pk).first()
    return Usage(
        started_at=charge.started_at,
        ended_at=until,
        energy_wh=int(live.energy_wh) if live and live.energy_wh else 0,
        duration_s=int((until - charge.started_at).total_seconds()),
        idle_s=idle_seconds(charge.states.values_list("at", "state"), begin=charge.started_at, end=until),
    )
