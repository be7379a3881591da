"""Identities that are nearly those of stations we know (Q67)."""

from collections.abc import Iterable

from django.db.models import Q

from apps.stations.models import ChargingStation
from apps.stations.rules.quirks import is_near, normal_form

MOST_NEAR = 3


def near_identities(identities: Iterable[str]) -> dict[str, list[str]]:
    """For each unknown identity the known ones that are like it but for case, punctuation or one character."""
    wanted = {identity for identity in identities if normal_form(identity)}
    if not wanted:
        return {}
    known = _candidates(wanted)
    found = {one: [other for other in known if other != one and is_near(one, other)] for one in wanted}
    return {one: _best(one, others) for one, others in found.items() if others}


def _best(identity: str, others: list[str]) -> list[str]:
    """Those that differ in nothing but case and punctuation, where there are any."""
    alike = [other for other in others if normal_form(other) == normal_form(identity)]
    return sorted(alike or others)[:MOST_NEAR]


def _candidates(identities: set[str]) -> list[str]:
    """One edit leaves either half of a text as it is, so only stations that share one are looked at."""
    match = Q()
    for identity in identities:
        middle = len(identity) // 2
        match |= Q(identity__iexact=identity)
        if middle:
            match |= Q(identity__istartswith=identity[:middle]) | Q(identity__iendswith=identity[middle + 1 :])
            match |= Q(identity__iendswith=identity[middle:])
    found = ChargingStation.objects.filter(match, archived_at=None)
    return list(found.values_list("identity", flat=True)[:2000])
