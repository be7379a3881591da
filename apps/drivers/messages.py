"""Who wants to charge: id tokens and what we answer about them (OCPP 2.1 blocks C, D)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenType(StrEnum):
    """IdTokenEnumStringType of OCPP 2.1; a 1.6 idTag says nothing about its kind and is taken as RFID."""

    CENTRAL = "Central"
    DIRECT_PAYMENT = "DirectPayment"
    EMAID = "eMAID"
    EVCCID = "EVCCID"
    ISO14443 = "ISO14443"
    ISO15693 = "ISO15693"
    KEY_CODE = "KeyCode"
    LOCAL = "Local"
    MAC_ADDRESS = "MacAddress"
    NO_AUTHORIZATION = "NoAuthorization"
    VIN = "VIN"


class AuthorizationStatus(StrEnum):
    """AuthorizationStatusEnumType of OCPP 2.1."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT_TX = "ConcurrentTx"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, kw_only=True)
class IdTokenSeen:
    """An id token as a station showed it; `value` is canonical (upper case, hex without separators)."""

    value: str
    type: TokenType = TokenType.ISO14443
    raw: str = ""


@dataclass(frozen=True, kw_only=True)
class IdTokenInfo:
    """Our verdict on a token."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    group: str | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Authorize:
    """A station asks whether this token may charge."""

    id_token: IdTokenSeen


@dataclass(frozen=True, kw_only=True)
class AuthorizeAnswer:
    id_token_info: IdTokenInfo


# --- to the station ---------------------------------------------------------------------------------------


class UpdateType(StrEnum):
    FULL = "Full"
    DIFFERENTIAL = "Differential"


@dataclass(frozen=True, kw_only=True)
class ClearCache:
    """Forget every verdict on a token."""


@dataclass(frozen=True, kw_only=True)
class GetLocalListVersion:
    """The outcome's `data` is the version: 0 is an empty list, -1 (1.6) says that there are no local lists."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationData:
    """One entry of the local list; without `id_token_info` a Differential update removes the token."""

    id_token: IdTokenSeen
    id_token_info: IdTokenInfo | None = None


@dataclass(frozen=True, kw_only=True)
class SendLocalList:
    """`version` is that of the list after the update, above 0. A Full one replaces the list; no entries empty it."""

    version: int
    update_type: UpdateType
    entries: tuple[AuthorizationData, ...] = ()


# --- news -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TokensChanged:
    """Some token, or the driver behind it, has changed; local lists may have to follow."""


@dataclass(frozen=True, kw_only=True)
class TokenAccepted:
    """One of our tokens was shown to a station whose display tells what a charge is going to cost."""

    station_id: int
    id_token_id: int
