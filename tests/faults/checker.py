"""Compares what stations simulated and were told with what the database knows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.faults.fleet import Fleet
from tests.faults.journal import Journal
from tests.faults.letters import Charge, stamp
from tests.faults.station import Station

Found = Mapping[str, Any]


def problems(fleet: Fleet, journal: Journal, found: Found) -> list[str]:
    """Everything that is not as it has to be; empty after a run in which nothing was lost."""
    told = Counter((station, letter) for station, letter, _id, _answer in journal.read())
    return [
        *(f"{count} unbilled" for count in [found["unbilled"]] if count),
        *(f"{count} orphans" for count in [found["orphans"]] if count),
        *(f"{count} quarantined" for count in [found["quarantined"]] if count),
        *(problem for station in fleet.clean for problem in _station_problems(station)),
        *(
            problem
            for station in fleet.clean
            for problem in _charge_problems(station.identity, fleet.charges[station.identity], found)
        ),
        *(f"{letter} was acknowledged {count} times" for letter, count in told.items() if count > 1),
    ]


def _station_problems(station: Station) -> Iterable[str]:
    for letter in station.discarded:
        yield f"discarded: {letter}"
    for error in station.errors:
        if "CALLERROR" in error:
            yield f"refused: {error}"
    for letter in station.letters:
        yield f"still waiting: {letter.name}"


def _charge_problems(identity: str, simulated: Sequence[Charge], found: Found) -> Iterable[str]:
    recorded = {charge["started_at"]: charge for charge in found["charges"][identity]}
    if len(recorded) != len(simulated) or len(found["charges"][identity]) != len(simulated):
        yield f"{identity}: {len(found['charges'][identity])} charges for {len(simulated)}"
    for charge in simulated:
        yield from _differences(charge, recorded.get(stamp(charge.begin_at)))


def _differences(charge: Charge, row: Mapping[str, Any] | None) -> Iterable[str]:
    if row is None:
        yield f"{charge.ref} is not there"
        return
    if not row["ended"] or row["hold"]:
        yield f"{charge.ref} is open or held: {row['hold']}"
    if row["energy_wh"] != charge.end_wh - charge.begin_wh:
        yield f"{charge.ref} has {row['energy_wh']} Wh for {charge.end_wh - charge.begin_wh}"
    readings = sorted((at, context, int(wh)) for at, context, wh in row["readings"])
    if readings != sorted(charge.readings):
        yield f"{charge.ref} has {len(readings)} readings for {len(charge.readings)}, or others"
    if len(row["bills"]) != 1:
        yield f"{charge.ref} has {len(row['bills'])} bills"


def unknown_acknowledgements(journal: Journal, station: Station, known: Found) -> list[str]:
    """Acknowledgements a station on a noisy wire received, of which the database knows nothing.

    Mere readings are those that were answered with nothing. Their frames are logged a moment later and die with a
    gateway; then at least as many readings have to be stored. (One whose bits flipped may hold none, but is logged.)
    """
    told = [(message_id, answer) for who, _letter, message_id, answer in journal.read() if who == station.identity]
    unlogged = [(message_id, answer) for message_id, answer in told if message_id not in known["answered"]]
    readings = sum(not answer for _id, answer in unlogged)
    unknown = [message_id for message_id, answer in unlogged if answer]
    return unknown + [f"{known['readings']} of {readings} readings"] * (known["readings"] < readings)
