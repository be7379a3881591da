"""What a station's local list should hold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from apps.drivers.messages import TokenType
from apps.drivers.models import IdToken, TokenAlias
from apps.drivers.rules.local_lists import Entries, Listed, digest_of, selected
from apps.drivers.services.authorising import UNCHECKED, verdict_on
from apps.drivers.services.local_lists.limits import Limits

Ranked = Sequence[tuple[str, Listed]]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The entries wanted, and which numbers found no room: too long for the version, or beyond the list's length."""

    entries: Entries
    too_long: tuple[str, ...] = ()
    too_many: tuple[str, ...] = ()

    @property
    def left_out(self) -> int:
        return len(self.too_long) + len(self.too_many)


NOTHING = Contents(entries={})


class Catalogue:
    """Every token as lists show it, read when it is first needed, for as many stations as there are."""

    def __init__(self) -> None:
        self._ranked: Ranked | None = None
        self._made: dict[tuple[int, int], tuple[Contents, str]] = {}

    def contents(self, limits: Limits) -> Contents:
        return self._for(limits)[0]

    def digest(self, limits: Limits) -> str:
        return self._for(limits)[1]

    def _for(self, limits: Limits) -> tuple[Contents, str]:
        key = limits.most, limits.longest_token
        if key not in self._made:
            if self._ranked is None:
                self._ranked = _all_ranked()
            made = _contents(self._ranked, limits)
            self._made[key] = made, digest_of(made.entries)
        return self._made[key]


def _contents(ranked: Ranked, limits: Limits) -> Contents:
    fitting = [pair for pair in ranked if len(pair[0]) <= limits.longest_token]
    entries = selected(fitting, most=limits.most)
    return Contents(
        entries=entries,
        too_long=tuple(number for number, _listed in ranked if len(number) > limits.longest_token),
        too_many=tuple(number for number, _listed in fitting if number not in entries),
    )


def _all_ranked() -> Ranked:
    """Those used last come first, then those made last: what a short list should hold is what will be shown next.

    A card that some stations show under another number stands there under each.
    """
    aliases: dict[int, list[str]] = defaultdict(list)
    for alias in TokenAlias.objects.order_by("value"):
        aliases[alias.id_token_id].append(alias.value)
    tokens = IdToken.objects.select_related("driver").exclude(type__in=UNCHECKED)
    ranked = tokens.order_by(F("last_used_on").desc(nulls_last=True), "-created_at", "value")
    listed = [(token, _listed(token)) for token in ranked]
    return [(number, entry) for token, entry in listed for number in (token.value, *aliases[token.pk])]


def _listed(token: IdToken) -> Listed:
    info = verdict_on(token)
    return Listed(type=TokenType(token.type), status=info.status, expires_at=info.expires_at, group=info.group)
