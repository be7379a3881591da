"""How stations log in: HTTP Basic with a machine-made password, of which a keyed digest is kept."""

import hmac
import re
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
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
OTHER_DIGESTS = ("former_password_digest", "offered_password_digest")


@transaction.atomic
def set_password(station: ChargingStation, password: str | None = None, *, by: str) -> str:
    """Give a station a new password, made up when none is given, and say it: nobody can read it again."""
    chosen = checked_password(password) if password else secrets.token_hex(PASSWORD_BYTES)
    station.password_digest = digest_of(chosen)
    station.former_password_digest = station.offered_password_digest = ""
    station.save(update_fields=["password_digest", "former_password_digest", "offered_password_digest"])
    audit.record(by, "stations.chargingstation.password_set", audit.target_of(station), name=station.identity)
    return chosen


def checked_password(password: str) -> str:
    """A password that is neither too short nor unfit to be typed; raises UnableTo."""
    if SHORTEST <= len(password) <= LONGEST and password.isprintable():
        return password
    message = _("A station's password has %(shortest)d to %(longest)d characters.") % {
        "shortest": SHORTEST,
        "longest": LONGEST,
    }
    raise UnableTo(message, errors=[FieldError("$.password", message)])


def digest_of(password: str) -> str:
    """What is kept of a password. Hex digits are one password in either case: a station may store their bytes."""
    return keyed_digest(_folded(password.encode()), purpose=PURPOSE)


def check(identity: str, password: str | bytes) -> StationLogin | None:
    """The station with this identity and password. An unknown identity costs the same work as a wrong password.

    The present password is good, the former one until the present one is used, and one that was offered to the station
    whose answer we may have missed; using it makes it the present one.
    """
    known = _known(identity)
    offered = _digests(password.encode() if isinstance(password, str) else password)
    good = [_fits(known.password_digest if known else "", offered)]
    good += [_fits(getattr(known, name, ""), offered) for name in OTHER_DIGESTS]
    if known is None or not any(good):
        return None
    if good[0] or good[-1]:
        _renew(known, offered, current=good[0])
    return _login_of(known)


def find(identity: str) -> StationLogin | None:
    """The station with this identity, for one that has proved otherwise who it is."""
    known = _known(identity)
    return _login_of(known) if known else None


def _known(identity: str) -> ChargingStation | None:
    return ChargingStation.objects.filter(identity=identity, archived_at=None).first() if _is_sane(identity) else None


def _login_of(station: ChargingStation) -> StationLogin:
    return StationLogin(
        station_id=station.pk, identity=station.identity, registration=RegistrationStatus(station.registration)
    )


def _is_sane(identity: str) -> bool:
    return "\0" not in identity and identity.isprintable()


def _fits(expected: str, offered: list[list[str]]) -> bool:
    fits = [hmac.compare_digest(expected or _NOBODY, digest) for form in offered for digest in form]
    return any(fits)


def _digests(password: bytes) -> list[list[str]]:
    """1.6 stations send a hex key as its digits or as the bytes it stands for (J16 §6.2.2): both are the password."""
    forms = (password, password.hex().encode(), password.hex().upper().encode(), _folded(password))
    return [possible_digests(form, purpose=PURPOSE) for form in forms]


def _folded(password: bytes) -> bytes:
    """Hex digits in small letters; any other password as it is."""
    return password.lower() if _HEX.fullmatch(password) else password


def _renew(station: ChargingStation, offered: list[list[str]], *, current: bool) -> None:
    """What was used is the only password from now on, under the present SECRET_KEY."""
    expected = station.password_digest if current else station.offered_password_digest
    present = next(form[0] for form in offered if expected in form)
    settled = {"password_digest": present, "former_password_digest": "", "offered_password_digest": ""}
    if current:
        del settled["offered_password_digest"]
    if any(getattr(station, name) != value for name, value in settled.items()):
        ChargingStation.objects.filter(pk=station.pk).update(**settled)


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
