"""Flaws in words. Stored as they are written here; `stations.services.wording.in_words` shows them."""

from django.utils.translation import gettext_noop

from apps.certificates.rules.judging import Flaw

WORDS = {
    Flaw.UNREADABLE: gettext_noop("This can't be read. It should be PEM, from its BEGIN line to its END line."),
    Flaw.PRIVATE_KEY: gettext_noop("There is a private key in it. It belongs to nobody but its owner: leave it out."),
    Flaw.NOT_PROVEN: gettext_noop("Its signature is wrong, so it does not show that the station has the key."),
    Flaw.WEAK_KEY: gettext_noop("Its key is too weak: RSA takes 2048 bits, elliptic curves 224."),
    Flaw.OTHER_STATION: gettext_noop("Its common name is neither this station's serial number nor its identity."),
    Flaw.OTHER_KEY: gettext_noop("The first certificate is not for the key of this request."),
    Flaw.ORDER: gettext_noop("The order is wrong: each certificate must be signed by the next one."),
    Flaw.EXPIRED: gettext_noop("A certificate has expired."),
    Flaw.NOT_YET_VALID: gettext_noop("A certificate is not valid yet."),
    Flaw.LEAF_IS_AUTHORITY: gettext_noop("The first certificate is an authority's, not a station's."),
    Flaw.NO_AUTHORITY: gettext_noop("A certificate that should sign others is no authority's."),
    Flaw.TOO_LONG: gettext_noop("This is longer than the station takes."),
    Flaw.MORE_THAN_ONE: gettext_noop("One certificate at a time."),
}
NOT_ANSWERED = gettext_noop("The station did not answer.")
NOT_TAKEN = gettext_noop("The station did not take it.")
KEPT = gettext_noop("The station keeps it, perhaps because it is in use.")
