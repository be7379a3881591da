"""Other numbers of a card. They are found by the server and approved by people: no card may become another's (Q73)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.messages import IdTokenSeen, TokensChanged
from apps.drivers.models import IdToken, TokenAlias
from apps.drivers.rules.likeness import shown_as, ways_to_show
from apps.events.services import emit
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkObservation
from apps.stations.services.quirks import accept_observation, observe


def note_likeness(seen: IdTokenSeen, *, station_id: int) -> None:
    """An unknown number may be a known card's, read from the wrong end or not to the end: let people decide.

    What is kept of it is the row of the known card and the way, not the number itself.
    """
    for way, start in ways_to_show(canonical_token(seen.value)):
        same = {"value": start} if way == "reversed" else {"value__startswith": start}
        known = list(IdToken.objects.filter(**same).exclude(value=canonical_token(seen.value))[:2])
        if len(known) == 1:
            station = ChargingStation.objects.get(pk=station_id)
            observe(station, Quirk.REVERSED_TOKEN, value=f"{known[0].pk}:{way}", card=str(known[0]), way=way)
            return


@transaction.atomic
def accept_quirk(observation: QuirkObservation, *, by: str, scope: str = "station") -> None:
    """What was noticed is so; a number that a card is shown under is the card's from now on, at all stations."""
    accept_observation(observation, by=by, scope=scope)
    if observation.kind == Quirk.REVERSED_TOKEN:
        number, _colon, way = observation.value.partition(":")
        token = IdToken.objects.filter(pk=number).first()
        if token is None:
            raise UnableTo(_("This card is no more."))
        approve_alias(token, way=way, by=by)


@transaction.atomic
def approve_alias(token: IdToken, *, way: str, by: str) -> TokenAlias:
    """Take a number for this card from now on. Raises UnableTo where it is another card's."""
    value = shown_as(token.value, way)
    if value is None or IdToken.objects.filter(value=value).exclude(pk=token.pk).exists():
        raise UnableTo(_("This number is another card's, or none."))
    try:
        with transaction.atomic():
            alias = TokenAlias.objects.create(value=value, id_token=token, approved_by=by)
    except IntegrityError as problem:
        raise UnableTo(_("This number was given to a card already.")) from problem
    audit.record(by, "drivers.tokenalias.approved", audit.target_of(token), way=way)
    emit(TokensChanged())
    return alias


@transaction.atomic
def remove_alias(alias: TokenAlias, *, by: str) -> None:
    """The number belongs to no card again."""
    audit.record(by, "drivers.tokenalias.removed", audit.target_of(alias.id_token))
    alias.delete()
    emit(TokensChanged())
    emit(TokensChanged())
