"""How stations log in: HTTP Basic with a machine-made password, of which a keyed digest is kept."""

import hmac
import secrets

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.digests import keyed_digest, possible_digests
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.core.text import shortened
from apps.stations.messages import RegistrationStatus, StationLogin
from apps.stations.models import ChargingStation, RefusedConnection

PURPOSE = "station-password"
PASSWORD_BYTES = 20  # as 40 hex digits they fit every version and can be typed (A00.FR.205)
SHORTEST, LONGEST = 16, 64
# Against floods of made-up identities; the newest attempts of known rows are still counted.
MOST_REFUSED_ROWS = 5000
_NOBODY = "0" * 64


@transaction.atomic
def set_password(station: ChargingStation, password: str | None = None, *, by: str) -> str:
    """Give a station a new password, made up when none is given, and say it: nobody can read it again."""
    chosen = _checked(password) if password else secrets.token_hex(PASSWORD_BYTES)
    station.password_digest = keyed_digest(chosen.encode(), purpose=PURPOSE)
    station.save(update_fields=["password_digest"])
    audit.record(by, "stations.chargingstation.password_set", audit.target_of(station), name=station.identity)
    return chosen


def _checked(password: str) -> str:
    if SHORTEST <= len(password) <= LONGEST and password.isprintable():
        return password
    message = _("A station's password has %(shortest)d to %(longest)d characters.") % {
        "shortest": SHORTEST,
        "longest": LONGEST,
    }
    raise UnableTo(message, errors=[FieldError("$.password", message)])


def check(identity: str, password: str | bytes) -> StationLogin | None:
    """The station with this identity and password. An unknown identity costs the same work as a wrong password."""
    known = ChargingStation.objects.filter(identity=identity, archived_at=None).first() if _is_sane(identity) else None
    expected = (known and known.password_digest) or _NOBODY
    offered = _digests(password.encode() if isinstance(password, str) else password)
    fits = [hmac.compare_digest(expected, digest) for digest in offered]
    if known is None or not any(fits):
        return None
    _renew(known, offered, fits)
    return StationLogin(
        station_id=known.pk, identity=known.identity, registration=RegistrationStatus(known.registration)
    )


def _is_sane(identity: str) -> bool:
    return "\0" not in identity and identity.isprintable()


def _digests(password: bytes) -> list[str]:
    """1.6 stations send a hex key as its digits or as the bytes it stands for (J16 §6.2.2): both are the password."""
    return [
        digest
        for form in (password, password.hex().encode(), password.hex().upper().encode())
        for digest in possible_digests(form, purpose=PURPOSE)
    ]


def _renew(station: ChargingStation, offered: list[str], fits: list[bool]) -> None:
    """A digest under a SECRET_KEY that is being phased out is replaced on the way."""
    per_form = len(offered) // 3
    position = fits.index(True)
    present = offered[position - position % per_form]
    if station.password_digest != present:
        ChargingStation.objects.filter(pk=station.pk).update(password_digest=present)


@transaction.atomic
def note_refused(identity: str, reason: str, address: str, subprotocols: str = "") -> None:
    """Count an attempt to connect that was refused, for the operator's list."""
    values = {
        "identity": shortened(identity, 255),
        "reason": shortened(reason, 50),
        "address": shortened(address, 64),
    }
    facts = {"last_at": now(), "subprotocols": shortened(subprotocols, 255)}
    if RefusedConnection.objects.filter(**values).update(count=F("count") + 1, **facts):
        return
    if RefusedConnection.objects.count() < MOST_REFUSED_ROWS:
        RefusedConnection.objects.bulk_create([RefusedConnection(**values, **facts)], ignore_conflicts=True)
