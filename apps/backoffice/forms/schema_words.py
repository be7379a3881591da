"""What generated forms know of OCPP's fields beyond their schemas: help, and values that will mostly do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SECONDS = _("In seconds.")
_TIMES = _("How often the station tries before it gives up.")
_ADDRESS = _("The address with scheme, such as https://… or ftp://…; the station must be able to reach it.")
_NUMBER = _("A number of your choice; the station names it in its answers.")
_TOKEN = _("As the reader reads it, usually hexadecimal.")
_GROUP = _("The group of the token: whoever is in it may use the reservation and stop the charge.")
_PEM = _("PEM, from BEGIN CERTIFICATE to END CERTIFICATE.")
_HASH = _("Hexadecimal.")
_PERIOD_START = _("Seconds from the beginning of the schedule; the first period begins at 0.")

# By field, or by action and field where the field alone does not say it.
HELP: Mapping[str, str | Promise] = {
    "additionalIdToken": _TOKEN,
    "certificate": _PEM,
    "certificateChain": _PEM,
    "chargingProfileId": _("A number that the station has already replaces that profile."),
    "ClearChargingProfile.id": _("The number of the profile; empty for all that the rest selects."),
    "chargingRateUnit": _("Ampere per phase, or watt altogether."),
    "chargingSchedulePeriod": _("The limit of a period holds until the next begins."),
    "connectorId": _("Only connectors that the station has told of are listed."),
    "data": _("What it holds is agreed with the vendor."),
    "duration": _SECONDS,
    "evseId": _("Only EVSEs that the station has told of are listed."),
    "expiryDate": _("When the reservation ends by itself."),
    "expiryDateTime": _("When the reservation ends by itself."),
    "fileLocation": _ADDRESS,
    "firmware.installDateTime": _("Empty: as soon as it is downloaded."),
    "groupIdToken": _GROUP,
    "idTag": _TOKEN,
    "idToken": _TOKEN,
    "interval": _SECONDS,
    "issuerKeyHash": _HASH,
    "issuerNameHash": _HASH,
    "key": _("One key a row; none reads all of them."),
    "ChangeConfiguration.key": _("The name of the configuration key."),
    "limit": _("In the unit of the schedule."),
    "listVersion": _("Above the version that the station has; a number that it has already says that nothing changed."),
    "localAuthorizationList": _("Without a verdict, a differential update removes the token."),
    "location": _ADDRESS,
    "messageId": _("The vendor's name of the message."),
    "minChargingRate": _("Below it, charging is inefficient; in the unit of the schedule."),
    "numberPhases": _("How many phases may be used; 3 if empty."),
    "parentIdTag": _GROUP,
    "remoteLocation": _ADDRESS,
    "remoteStartId": _NUMBER,
    "requestId": _NUMBER,
    "reservationId": _("The number the reservation was made with."),
    "retries": _TIMES,
    "retryInterval": _("Seconds between two attempts."),
    "serialNumber": _HASH,
    "signature": _("Base64."),
    "signingCertificate": _PEM,
    "stackLevel": _("Where several profiles hold, the highest level counts."),
    "startPeriod": _PERIOD_START,
    "startTime": _("From when on; empty: everything that is kept."),
    "stopTime": _("Until when; empty: now."),
    "transactionId": _("The number of the charge as station and server know it."),
    "updateType": _("Full replaces the list, Differential changes what it names."),
    "value": _("As the station spells it; a switch is true or false."),
    "vendorId": _("Usually the vendor's domain backwards, such as com.example."),
}

DEFAULTS: Mapping[str, str | int] = {
    "chargingRateUnit": "A",
    "chargingProfileKind": "Absolute",
    "chargingProfilePurpose": "TxDefaultProfile",
    "duration": 24 * 3600,
    "hashAlgorithm": "SHA256",
    "logType": "DiagnosticsLog",
    "Reset.type": "Soft",
    "numberOfPhases": 3,
    "reportBase": "FullInventory",
    "requestedMessage": "StatusNotification",
    "stackLevel": 0,
    "startPeriod": 0,
    "updateType": "Full",
}

# Numbers that nothing else in this station's life may carry.
NUMBERED = frozenset({"requestId", "remoteStartId", "ReserveNow.reservationId", "ReserveNow.id"})
SOON = frozenset({"retrieveDate", "retrieveDateTime"})
IN_AN_HOUR = frozenset({"expiryDate", "expiryDateTime"})
# Where 0 is a lawful place: the whole station (S16 §5; 2.x K01, K08).
WHOLE_STATION = frozenset({
    "ChangeAvailability", "ClearChargingProfile", "GetCompositeSchedule", "ReserveNow", "SetChargingProfile",
})  # fmt: skip
PLACES = frozenset({"connectorId", "evseId", "evse.id"})
CHARGES = frozenset({"transactionId"})
LONG = 300
