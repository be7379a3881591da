"""One way into all decisions: an item of the work list, and the word for what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.charging.messages import WorkKind
from apps.charging.models import Decision, OrphanStop, Transaction
from apps.charging.services.holds import close_charge, keep_as_it_is, release_hold, waive_charge
from apps.charging.services.matching import dismiss_stop, match_stop
from apps.charging.services.worklist import WorkItem
from apps.core.errors import FieldError, UnableTo
from apps.stations.services.quarantine import settle

ACTIONS: dict[WorkKind, tuple[str, ...]] = {
    WorkKind.SILENT: ("close",),
    WorkKind.INTERRUPTED: ("close",),
    WorkKind.HELD: ("release", "match", "waive"),
    WorkKind.CONFLICT: ("keep",),
    WorkKind.ORPHAN: ("match", "dismiss"),
    WorkKind.QUARANTINED: ("settle",),
}


@dataclass(frozen=True, kw_only=True)
class _Wish:
    item: WorkItem
    by: str
    energy_wh: int | None
    charge: Transaction | None

    @property
    def about(self) -> Transaction:
        assert self.item.charge is not None
        return self.item.charge

    @property
    def stop(self) -> OrphanStop | None:
        """An unknown stop, or the one behind a charge that is known by its end alone."""
        return self.item.stop or OrphanStop.objects.filter(matched=self.item.charge).first()


@transaction.atomic
def decide(
    item: WorkItem, action: str, *, by: str, energy_wh: int | None = None, charge: Transaction | None = None
) -> Decision | None:
    """Do it; the decision can be taken back, but for a message that was settled, which leaves none.

    Raises UnableTo for what can't be done about such an item.
    """
    if action not in ACTIONS[item.kind]:
        message = _("This can't be done here. Possible: %(actions)s.") % {"actions": ", ".join(ACTIONS[item.kind])}
        raise UnableTo(message, errors=[FieldError("$.action", message)])
    wish = _Wish(item=item, by=by, energy_wh=energy_wh, charge=charge)
    about = {"orphan": wish.stop} if action in ("match", "dismiss") else {"transaction": item.charge}
    _DECIDERS[action](wish)
    return None if item.message else Decision.objects.filter(**about).order_by("-pk").first()


def _close(wish: _Wish) -> None:
    close_charge(wish.about, by=wish.by)


def _release(wish: _Wish) -> None:
    release_hold(wish.about, by=wish.by, energy_wh=wish.energy_wh)


def _waive(wish: _Wish) -> None:
    waive_charge(wish.about, by=wish.by)


def _keep(wish: _Wish) -> None:
    keep_as_it_is(wish.about, by=wish.by)


def _match(wish: _Wish) -> None:
    stop = wish.stop
    if stop is None or wish.charge is None:
        message = _("Choose the charge that this stop belongs to.")
        raise UnableTo(message, errors=[FieldError("$.transaction", message)])
    match_stop(stop, wish.charge, by=wish.by)


def _dismiss(wish: _Wish) -> None:
    assert wish.item.stop is not None
    dismiss_stop(wish.item.stop, by=wish.by)


def _settle(wish: _Wish) -> None:
    assert wish.item.message is not None
    settle(wish.item.message, by=wish.by)


_DECIDERS: dict[str, Callable[[_Wish], None]] = {
    "close": _close, "release": _release, "waive": _waive, "keep": _keep, "match": _match, "dismiss": _dismiss,
    "settle": _settle,
}  # fmt: skip
