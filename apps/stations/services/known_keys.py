"""The standard configuration keys of OCPP 1.6 (S16 §9 with its errata, security whitepaper §7): type, unit, meaning."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class KeyKind(StrEnum):
    """What a value looks like, and so which editor it gets."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    MEASURANDS = "measurands"
    CHOICES = "choices"
    LIST = "list"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105  (the name of a kind)


@dataclass(frozen=True, kw_only=True)
class KnownKey:
    """One key. `default` is what we propose, empty where only the site can know; `low` and `high` are inclusive."""

    name: str
    kind: KeyKind
    help: str | Promise
    unit: str | Promise = ""
    default: str = ""
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False


MEASURANDS = (
    "Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "SoC", "Temperature",
    "Power.Offered", "Current.Offered", "Energy.Active.Import.Interval", "Energy.Active.Export.Register",
    "Energy.Active.Export.Interval", "Power.Active.Export", "Current.Export", "Energy.Reactive.Import.Register",
    "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Interval", "Energy.Reactive.Export.Interval",
    "Power.Reactive.Import", "Power.Reactive.Export", "Power.Factor", "Frequency", "RPM",
)  # fmt: skip
SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"
SECONDS, TIMES, ITEMS = _("seconds"), _("times"), _("items")
LONGEST_S = 86_400


def _flag(name: str, help: str | Promise, *, default: str = "", read_only: bool = False) -> KnownKey:
    return KnownKey(name=name, kind=KeyKind.BOOLEAN, help=help, default=default, read_only=read_only)


def _count(
    name: str,
    help: str | Promise,
    *,
    unit: str | Promise = "",
    default: str = "",
    low: int = 0,
    high: int | None = None,
) -> KnownKey:
    return KnownKey(name=name, kind=KeyKind.NUMBER, help=help, unit=unit, default=default, low=low, high=high)


def _told(name: str, help: str | Promise, *, unit: str | Promise = ITEMS) -> KnownKey:
    """A number that only the station knows."""
    return KnownKey(name=name, kind=KeyKind.NUMBER, help=help, unit=unit, low=0, read_only=True)


def _measurands(name: str, help: str | Promise, *, default: str = "") -> KnownKey:
    return KnownKey(name=name, kind=KeyKind.MEASURANDS, help=help, default=default, choices=MEASURANDS)


CHARGING = (
    _flag(
        "AllowOfflineTxForUnknownId",
        _("While the station is offline, cards it does not know may charge. Such a charge may never be paid for."),
    ),
    _flag("AuthorizationCacheEnabled", _("The station remembers cards we accepted and uses them while it is offline.")),
    _flag("AuthorizeRemoteTxRequests", _("Before a charge started from here begins, the station asks us once more.")),
    _count(
        "ConnectionTimeOut",
        _("How long a driver has to plug in after the card was shown, or the other way round."),
        unit=SECONDS, default="60", low=1, high=LONGEST_S,
    ),
    _flag("LocalAuthorizeOffline", _("While it is offline, the station starts charges for cards it knows."),
          default="true"),
    _flag(
        "LocalPreAuthorize",
        _("Cards the station knows start charging at once, without waiting for our answer. A card blocked just now "
          "may still start."),
    ),
    _count(
        "MaxEnergyOnInvalidId",
        _("Energy a charge may still take after we have refused its card."), unit="Wh", high=100_000,
    ),
    _flag(
        "StopTransactionOnEVSideDisconnect",
        _("Unplugging at the car ends the charge; otherwise it goes on when the same car is plugged in again."),
        default="true",
    ),
    _flag(
        "StopTransactionOnInvalidId",
        _("A charge whose card we refuse after it began is ended by the station."), default="true",
    ),
    _flag("UnlockConnectorOnEVSideDisconnect", _("Unplugging at the car unlocks the cable at the station, too.")),
)  # fmt: skip
CONNECTION = (
    _count(
        "HeartbeatInterval",
        _("How often the station says that it is alive when it has nothing else to say."),
        unit=SECONDS, default="300", low=10, high=LONGEST_S,
    ),
    _count(
        "WebSocketPingInterval",
        _("How often the station checks its connection with a ping; 0 switches it off. Without it, a line that died "
          "silently is noticed late."),
        unit=SECONDS, default="60", high=LONGEST_S,
    ),
    _count(
        "TransactionMessageAttempts",
        _("How often the station tries to deliver a message about a charge that we could not take. With few attempts, "
          "charges get lost in an outage."),
        unit=TIMES, default="20", low=1, high=10_000,
    ),
    _count(
        "TransactionMessageRetryInterval",
        _("How long it waits before it tries again; many stations wait longer each time."),
        unit=SECONDS, default="60", low=1, high=LONGEST_S,
    ),
    _count("ResetRetries", _("How often the station tries again when a reset fails."), unit=TIMES, high=100),
    _count(
        "MinimumStatusDuration",
        _("How long a status must last before the station reports it; longer values calm connectors that flicker."),
        unit=SECONDS, high=3600,
    ),
    _told("GetConfigurationMaxKeys", _("How many keys the station can tell in one answer.")),
)  # fmt: skip
METERING = (
    _count(
        "MeterValueSampleInterval",
        _("How often the meter is read during a charge; 0 switches it off. Power curves and live costs need it."),
        unit=SECONDS, default="60", high=LONGEST_S,
    ),
    _measurands("MeterValuesSampledData", _("What is read each time. The energy register must be among it."),
                default=SAMPLED),
    _count(
        "ClockAlignedDataInterval",
        _("Readings at full quarters of an hour and the like, with or without a charge; 0 switches them off."),
        unit=SECONDS, high=LONGEST_S,
    ),
    _measurands("MeterValuesAlignedData", _("What is read at these moments.")),
    _measurands("StopTxnSampledData", _("Readings that are told again, all together, when a charge ends.")),
    _measurands("StopTxnAlignedData", _("Clock-aligned readings that are told again when a charge ends.")),
    _told("MeterValuesSampledDataMaxLength", _("How many measurands fit into MeterValuesSampledData.")),
    _told("MeterValuesAlignedDataMaxLength", _("How many measurands fit into MeterValuesAlignedData.")),
    _told("StopTxnSampledDataMaxLength", _("How many measurands fit into StopTxnSampledData.")),
    _told("StopTxnAlignedDataMaxLength", _("How many measurands fit into StopTxnAlignedData.")),
    _told("StopTransactionMaxMeterValues", _("How many readings the station can tell when a charge ends.")),
)  # fmt: skip
HARDWARE = (
    _count("BlinkRepeat", _("How often the lights blink to signal something."), unit=TIMES, high=1000),
    _count("LightIntensity", _("Brightness of the lights."), unit="%", high=100),
    KnownKey(
        name="ConnectorPhaseRotation", kind=KeyKind.LIST,
        help=_("In which order the phases are connected, per connector: 1.RST,2.STR. Load management per phase "
               "needs it."),
    ),
    _told("ConnectorPhaseRotationMaxLength", _("How many entries fit into ConnectorPhaseRotation.")),
    _told("NumberOfConnectors", _("How many connectors the station has."), unit=""),
    KnownKey(
        name="SupportedFeatureProfiles", kind=KeyKind.LIST, read_only=True,
        help=_("The parts of OCPP 1.6 that the station knows."),
    ),
    _told("SupportedFeatureProfilesMaxLength", _("How many entries fit into SupportedFeatureProfiles.")),
    KnownKey(
        name="SupportedFileTransferProtocols", kind=KeyKind.LIST, read_only=True,
        help=_("How the station can fetch firmware and deliver logs."),
    ),
)  # fmt: skip
PROFILES = (
    _flag("LocalAuthListEnabled", _("The station uses the list of cards that we send it.")),
    _told("LocalAuthListMaxLength", _("How many cards fit into the list of cards.")),
    _told("SendLocalListMaxLength", _("How many cards fit into one message of the list.")),
    _flag("ReserveConnectorZeroSupported", _("Any connector can be reserved, not only a certain one."), read_only=True),
    _told("ChargeProfileMaxStackLevel", _("The highest priority of a charging profile."), unit=""),
    KnownKey(
        name="ChargingScheduleAllowedChargingRateUnit", kind=KeyKind.LIST, read_only=True,
        help=_("Whether limits may be given as current (Current) or as power (Power)."),
    ),
    _told("ChargingScheduleMaxPeriods", _("How many steps a charging schedule may have."), unit=""),
    _flag("ConnectorSwitch3to1PhaseSupported", _("The station can change from three phases to one during a charge."),
          read_only=True),
    _told("MaxChargingProfilesInstalled", _("How many charging profiles the station can hold."), unit=""),
)  # fmt: skip
SECURITY = (
    _flag(
        "AdditionalRootCertificateCheck",
        _("A new root certificate of the back end must be signed by the one it replaces."), read_only=True,
    ),
    KnownKey(
        name="AuthorizationKey", kind=KeyKind.SECRET,
        help=_("The station's password. It can only be written; use the button for a new password."),
    ),
    _told("CertificateSignedMaxChainSize", _("How long a chain of certificates may be."), unit=_("characters")),
    _told("CertificateStoreMaxLength", _("How many root certificates the station can hold.")),
    KnownKey(name="CpoName", kind=KeyKind.TEXT, help=_("The operator's name in the station's certificate.")),
    KnownKey(
        name="SecurityProfile", kind=KeyKind.CHOICES, choices=("1", "2", "3"),
        help=_("How the connection is secured: 1 password, 2 password and TLS, 3 certificates. It can only be raised, "
               "and a station that fails at it is lost until someone visits it."),
    ),
)  # fmt: skip


def _by_name(keys: Iterable[KnownKey]) -> dict[str, KnownKey]:
    return {key.name.casefold(): key for key in keys}


KNOWN_KEYS = _by_name((*CHARGING, *CONNECTION, *METERING, *HARDWARE, *PROFILES, *SECURITY))


def known_key(component: str, name: str) -> KnownKey | None:
    """What is known of a 1.6 key, whatever its case; nothing of a variable of 2.x, which describes itself."""
    return None if component else KNOWN_KEYS.get(name.strip().casefold())
