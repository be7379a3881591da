"""`manage.py provision <kind> TENANT …`: set a tenant up from the shell, as often as one likes."""

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.messages import Role, Scope
from apps.backoffice.services import provisioning
from apps.backoffice.services.provisioning import Given, Provisioned
from apps.core.errors import UnableTo, UnableToFind
from apps.drivers.messages import TokenType
from apps.drivers.models import TokenStatus
from apps.stations.messages import RegistrationStatus
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import find_tenant

REGISTRATIONS = {status.value.lower(): status.value for status in RegistrationStatus}
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
NOT_FOUND, UNABLE = 2, 1
ADDRESS = ("--address", "--postal-code", "--city", "--country")


class Command(BaseCommand):
    help = "Make or change a tenant, location, station, token, driver, operator, API key or tariff."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        for kind, add_options in OPTIONS.items():
            sub = kinds.add_parser(kind, help=HELP[kind])
            sub.add_argument("--json", action="store_true", dest="json_after", help="print one JSON object")
            sub.add_argument("tenant", metavar="TENANT", help="the tenant's slug")
            if kind != "tenant":
                sub.add_argument("name", metavar=NAMES[kind])
            add_options(sub)

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: value for name, value in options.items() if value is not None}
        try:
            result = provision(options["kind"], options["tenant"], given)
        except UnableTo as problem:
            self.stderr.write(_why(problem))
            sys.exit(NOT_FOUND if isinstance(problem, UnableToFind) else UNABLE)
        as_json = options["json"] or options["json_after"]
        self.stdout.write(json.dumps(result.to_json()) if as_json else _sentences(result))
        if result.note:
            self.stderr.write(result.note)


def provision(kind: str, tenant_slug: str, given: Given) -> Provisioned:
    """One thing of one kind, inside its tenant."""
    if kind == "tenant":
        return provisioning.provision_tenant(tenant_slug, given)
    tenant = find_tenant(tenant_slug)
    makers: dict[str, Callable[[str, Given], Provisioned]] = {
        "location": provisioning.provision_location,
        "station": partial(provisioning.provision_station, tenant_slug=tenant.slug),
        "token": provisioning.provision_token,
        "driver": provisioning.provision_driver,
        "operator": provisioning.provision_operator,
        "apikey": provisioning.provision_api_key,
        "tariff": provisioning.provision_tariff,
    }
    with schema_scope(tenant.schema_name):
        return makers[kind](given["name"], given)


def _why(problem: UnableTo) -> str:
    """One sentence; wrong values are named below it."""
    fields = [f"  {error.path.removeprefix('$.')}: {error.message}" for error in problem.errors]
    return "\n".join([str(problem), *fields])


def _sentences(result: Provisioned) -> str:
    lines = [f"{result.kind} {result.id}: {'created' if result.created else 'is there'}"]
    lines += [f"  {name}: {_word(value)}" for name, value in result.facts.items() if value not in (None, [])]
    return "\n".join(lines)


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ArgumentTypeError(f"{text!r} is no number, such as 0.49")
    return number


def _instant(text: str) -> datetime:
    """A day or an instant; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ArgumentTypeError(f"{text!r} is no instant, such as 2027-01-31 or 2027-01-31T18:00:00Z") from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _yes_no(text: str) -> bool:
    if text.lower() not in YES_NO:
        raise ArgumentTypeError(f"{text!r} is neither yes nor no")
    return YES_NO[text.lower()]


def _registration(text: str) -> str:
    if text.lower() not in REGISTRATIONS:
        raise ArgumentTypeError(f"{text!r} is none of {', '.join(REGISTRATIONS)}")
    return REGISTRATIONS[text.lower()]


def _token_status(text: str) -> str:
    """OCPP's word for active is understood too."""
    word = TokenStatus.ACTIVE if text.lower() == "accepted" else text.lower()
    if word not in TokenStatus.values:
        raise ArgumentTypeError(f"{text!r} is none of {', '.join(TokenStatus.values)}")
    return word


def _evses(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 64):
        raise ArgumentTypeError(f"{text!r} is no number from 1 to 64")
    return int(text)


def _texts(sub: CommandParser, *names: str) -> None:
    for name in names:
        sub.add_argument(name)


def _tenant(sub: CommandParser) -> None:
    _texts(sub, "--name", "--legal-name", *ADDRESS, "--vat-id", "--email", "--iban", "--bic", "--currency")
    _texts(sub, "--time-zone", "--language", "--invoice-prefix")
    sub.add_argument("--payment-days", type=int)
    sub.add_argument("--domain", action="append", help="a further host name; may be repeated")


def _location(sub: CommandParser) -> None:
    _texts(sub, *ADDRESS, "--time-zone")
    sub.add_argument("--latitude", type=_decimal)
    sub.add_argument("--longitude", type=_decimal)


def _station(sub: CommandParser) -> None:
    _texts(sub, "--password", "--location", "--vendor", "--model")
    sub.add_argument("--name", dest="station_name", help="what people call it")
    sub.add_argument("--evses", type=_evses, help="how many it has at least; 1 unless given")
    sub.add_argument("--registration", type=_registration, metavar="accepted|pending|rejected")
    sub.add_argument("--rotate", action="store_true", help="give it a new password")


def _token(sub: CommandParser) -> None:
    _texts(sub, "--driver", "--group", "--label")
    sub.add_argument("--status", type=_token_status, metavar="active|blocked|lost")
    sub.add_argument("--type", choices=[kind.value for kind in TokenType])
    sub.add_argument("--expires", type=_instant, dest="expires_at")


def _driver(sub: CommandParser) -> None:
    _texts(sub, "--email", "--company", *ADDRESS, "--vat-id", "--language", "--external-id")


def _operator(sub: CommandParser) -> None:
    _texts(sub, "--password", "--language")
    sub.add_argument("--name", dest="person", help="the person's name")
    sub.add_argument("--role", choices=[role.value for role in Role])
    sub.add_argument("--rotate", action="store_true", help="give them a new password")


def _apikey(sub: CommandParser) -> None:
    sub.add_argument("--scope", action="extend", nargs="+", dest="scopes", choices=[scope.value for scope in Scope])
    sub.add_argument("--expires", type=_instant, dest="expires_at")
    sub.add_argument("--rotate", action="store_true", help="give it a new text")


def _tariff(sub: CommandParser) -> None:
    for option, column in PRICE_OPTIONS.items():
        sub.add_argument(option, type=_decimal, dest=column)
    sub.add_argument("--idle-grace-s", type=int, dest="idle_grace_s")
    sub.add_argument("--currency")
    sub.add_argument("--tax-included", nargs="?", const=True, type=_yes_no, metavar="yes|no", help="default: yes")
    sub.add_argument("--no-tax-included", action="store_false", default=None, dest="tax_included")
    sub.add_argument("--valid-from", type=_instant)
    sub.add_argument("--default", action="store_true", dest="everywhere", help="applies wherever no narrower one does")
    _texts(sub, "--location", "--station")
    sub.add_argument("--evse", type=_evses, help="of the station")


PRICE_OPTIONS = {
    "--per-kwh": "price_per_kwh",
    "--per-minute": "price_per_minute",
    "--per-session": "price_per_session",
    "--idle-per-minute": "idle_per_minute",
    "--vat": "vat_percent",
}
OPTIONS: dict[str, Callable[[CommandParser], None]] = {
    "tenant": _tenant,
    "location": _location,
    "station": _station,
    "token": _token,
    "driver": _driver,
    "operator": _operator,
    "apikey": _apikey,
    "tariff": _tariff,
}
NAMES = {
    "location": "NAME", "station": "IDENTITY", "token": "VALUE", "driver": "NAME", "operator": "EMAIL",
    "apikey": "NAME", "tariff": "NAME",
}  # fmt: skip
HELP = {
    "tenant": "a company with its schema, and the seller's data for its invoices",
    "location": "a site",
    "station": "a charging station with its password",
    "token": "a card or number that opens a charge",
    "driver": "someone who charges and is invoiced",
    "operator": "someone who logs in to the back office",
    "apikey": "a program's key",
    "tariff": "prices, and where they apply",
}
