"""Filters and tags of the pages: instants, quantities and icons. None of them can fail on odd values."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton
from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.backoffice.services.remarks import remark_text, source_text
from apps.core import wording
from apps.core.identifiers import without_tokens
from apps.core.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, WH_PER_KWH

register = template.Library()

DASH = "–"
# What a template hands over where there is nothing, such as the live state of a station that never called.
Nothing = Literal[""] | None
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR


def _language() -> str:
    return get_language() or "en"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A drawing of the sprite; it says nothing to screen readers, words beside it do."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', extra, static("img/icons.svg"), name
    )


@register.filter
def instant(at: datetime | Nothing, zone: ZoneInfo | None = None) -> str:
    """Date and time in a station's zone (UTC without one). Years that no calendar can turn show as they are."""
    if not at:
        return DASH
    try:
        return wording.instant(at, (zone or ZoneInfo("UTC")).key, _language())
    except (OverflowError, ValueError):
        return at.isoformat(sep=" ")


@register.filter
def short_instant(at: datetime | Nothing, zone: ZoneInfo | None = None) -> str:
    """Day and minute, for tables."""
    return _formatted(at, zone, "short")


@register.filter
def clock(at: datetime | Nothing, zone: ZoneInfo | None = None) -> str:
    """Time of day with milliseconds, for the frame log."""
    return _formatted(at, zone, "HH:mm:ss.SSS")


def _formatted(at: datetime | Nothing, zone: ZoneInfo | None, pattern: str) -> str:
    if not at:
        return DASH
    try:
        local = at.astimezone(zone or UTC)
        return format_datetime(local, format=pattern, locale=wording.locale_of(_language()))
    except (OverflowError, ValueError):
        return at.isoformat(sep=" ")


@register.filter
def day(on: date | None) -> str:
    """A calendar day: 3 Nov 2026, 03.11.2026."""
    return wording.day(on, _language()) if on else DASH


@register.filter
def age(at: datetime | Nothing) -> SafeString | str:
    """How long ago, ticking in the browser; the exact instant is the tooltip."""
    if not at:
        return DASH
    seconds = (datetime.now(UTC) - at).total_seconds()
    return format_html(
        '<time data-age datetime="{}" title="{}">{}</time>', at.isoformat(), instant(at), duration(max(0, seconds))
    )


@register.filter
def duration(seconds: float | Nothing) -> str:
    """Two units at most: 42 s, 5 min, 1 h 5 min, 3 days."""
    if seconds is None or seconds == "":
        return DASH
    whole = int(seconds)
    if whole < SECONDS_PER_MINUTE:
        return _("%(seconds)s s") % {"seconds": whole}
    if whole < SECONDS_PER_HOUR:
        return _("%(minutes)s min") % {"minutes": whole // SECONDS_PER_MINUTE}
    if whole < SECONDS_PER_DAY:
        hours, rest = divmod(whole, SECONDS_PER_HOUR)
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest // SECONDS_PER_MINUTE}
    days = whole // SECONDS_PER_DAY
    return ngettext("{days} day", "{days} days", days).format(days=days)


@register.filter
def milliseconds(seconds: float | Nothing) -> str:
    """The time a station took to answer."""
    if seconds is None or seconds == "":
        return DASH
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{wording.number(Decimal(f'{seconds:.1f}'), _language(), digits=1)} s"


@register.filter
def kilo(value: float | Nothing, digits: int = 1) -> str:
    """Wh as kWh, W as kW, without the unit."""
    return DASH if value is None or value == "" else decimals(value / WH_PER_KWH, digits)


@register.filter
def decimals(value: float | Decimal | Nothing, digits: int = 1) -> str:
    """A number with so many decimals."""
    if value is None or value == "":
        return DASH
    try:
        return wording.number(Decimal(str(value)), _language(), digits=digits)
    except ArithmeticError:
        return str(value)


@register.simple_tag
def amount(value: Decimal | None, currency: str) -> str:
    """An amount of money with its currency."""
    return DASH if value is None else wording.money(value, currency, _language())


@register.simple_tag
def price(value: Decimal | None, currency: str) -> str:
    """A price per unit, with up to six digits."""
    return DASH if value is None else wording.unit_price(value, currency, _language())


@register.filter
def weekday(on: date) -> str:
    """The head of a day's column: Mon 2 Nov, Mo. 2. Nov."""
    return format_skeleton("MMMEd", on, locale=wording.locale_of(_language()))


@register.filter
def percentage(rate: Decimal) -> str:
    """A rate given in percent: 19 is 19%."""
    return wording.percent(rate, _language())


@register.filter
def remark(note: dict[str, Any]) -> str:
    """What was odd about a charge."""
    return remark_text(note)


@register.filter
def energy_from(source: str) -> str:
    """Which readings decided the energy of a charge."""
    return source_text(source)


@register.filter
def pretty(value: Any) -> str:
    """JSON with indentation, from JSON text or from a value; text that is no JSON stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def tokens_if(text: str, may_see: object) -> str:
    """JSON text with its card numbers for those who may see them, else masked; so too where nobody says who looks."""
    return text if may_see is True else without_tokens(text)


@register.filter
def brief(value: object, length: int = 160) -> str:
    """The first characters of something as text, with a mark when some are missing."""
    text = str(value)
    return text if len(text) <= length else f"{text[:length]}…"


@register.filter
def kilobytes(size: int) -> str:
    return f"{decimals(size / 1024, 1)} kB"


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query with some parameters changed; an empty value removes one."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}" if parameters else "?"


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str) -> SafeString:
    """`aria-current` for a link whose page, or a page below it, is open."""
    match = context["request"].resolver_match
    here = match is not None and (match.url_name in names or match.namespace in names)
    return SafeString('aria-current="page"' if here else "")
