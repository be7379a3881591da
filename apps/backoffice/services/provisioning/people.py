"""Drivers with their tokens, operators, and programs with their keys."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.messages import Role, Scope
from apps.accounts.models import ApiKey, User
from apps.accounts.services import keys, people
from apps.accounts.services.saving import save_checked
from apps.backoffice.services.provisioning.results import BY, Given, Provisioned, put
from apps.core.errors import UnableTo, UnableToFind
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken
from apps.drivers.services.drivers import save_driver
from apps.drivers.services.tokens import save_token

DRIVER_FIELDS = (
    "company", "email", "address", "postal_code", "city", "country", "vat_id", "language", "external_id",
)  # fmt: skip
TOKEN_FIELDS = ("status", "expires_at", "group", "type", "label")
OPERATOR_FIELDS = ("role", "language")


@transaction.atomic
def provision_driver(name: str, given: Given) -> Provisioned:
    """The driver with this number elsewhere, or else with this name."""
    known = Driver.objects.filter(archived_at=None)
    number = given.get("external_id")
    existing = known.filter(external_id=number).first() if number else known.filter(name=name).first()
    driver = save_driver(put(existing or Driver(), {**given, "name": name}, ("name", *DRIVER_FIELDS)), by=BY)
    return Provisioned(kind="driver", id=driver.pk, created=existing is None, facts={"name": driver.name})


def find_driver(named: str) -> Driver:
    """By number here or elsewhere, by e-mail address, or by name."""
    number = Q(pk=int(named)) if named.isascii() and named.isdecimal() and len(named) < 19 else Q()
    matching = Driver.objects.filter(archived_at=None).filter(
        number | Q(external_id=named) | Q(email__iexact=named) | Q(name=named)
    )
    found = list(matching[:2])
    if not found:
        raise UnableToFind(_("There is no driver “%(name)s”.") % {"name": named})
    if len(found) > 1:
        raise UnableTo(_("Several drivers are called “%(name)s”: name one by number.") % {"name": named})
    return found[0]


@transaction.atomic
def provision_token(value: str, given: Given) -> Provisioned:
    """The token with this value, in canonical form."""
    existing = IdToken.objects.filter(value=canonical_token(value)).first()
    token = put(existing or IdToken(value=value), given, TOKEN_FIELDS)
    if "driver" in given:
        token.driver = find_driver(given["driver"]) if given["driver"] else None
    saved = save_token(token, by=BY)
    facts = {"status": saved.status, "driver": saved.driver_id}
    return Provisioned(kind="token", id=saved.value, created=existing is None, facts=facts)


@transaction.atomic
def provision_operator(email: str, given: Given) -> Provisioned:
    """The user with this address. The first one of a tenant is its owner unless said otherwise."""
    existing = User.objects.filter(email__iexact=email.strip()).first()
    if existing is None:
        role = given.get("role", Role.OPERATOR if User.objects.exists() else Role.OWNER)
        user, password = people.create_operator(
            email,
            role=role,
            by=BY,
            name=given.get("person", ""),
            password=given.get("password"),
            language=given.get("language", ""),
        )
        return _operator(user, created=True, password=password)
    existing.name = given.get("person", existing.name)
    return _known_operator(people.save_user(put(existing, given, OPERATOR_FIELDS), by=BY), given)


def _known_operator(user: User, given: Given) -> Provisioned:
    wanted: str | None = given.get("password")
    if given.get("rotate"):
        return _operator(user, created=False, password=people.set_password(user, wanted, by=BY))
    if wanted and not user.check_password(wanted):
        note = _("The user keeps the password they have; add --rotate to change it.")
        return _operator(user, created=False, password=None, note=note)
    return _operator(user, created=False, password=wanted)


def _operator(user: User, *, created: bool, password: str | None, note: str = "") -> Provisioned:
    facts = {"password": password, "role": user.role}
    return Provisioned(kind="operator", id=user.email, created=created, facts=facts, note=note)


@transaction.atomic
def provision_api_key(name: str, given: Given) -> Provisioned:
    """The API key with this name; its text can be told only when it is made."""
    existing = ApiKey.objects.filter(name=name.strip()).first()
    if existing is None:
        key, plain = keys.create_api_key(
            name, scopes=given.get("scopes", [Scope.READ]), by=BY, expires_at=given.get("expires_at")
        )
        return _api_key(key, created=True, plain=plain)
    if existing.revoked_at:
        raise UnableTo(_("The API key “%(name)s” was revoked. Choose another name.") % {"name": name})
    key = save_checked(put(existing, given, ("scopes", "expires_at")), by=BY)
    return _api_key(key, created=False, plain=keys.rotate_api_key(key, by=BY) if given.get("rotate") else None)


def _api_key(key: ApiKey, *, created: bool, plain: str | None) -> Provisioned:
    return Provisioned(kind="apikey", id=key.name, created=created, facts={"key": plain, "scopes": key.scopes})
