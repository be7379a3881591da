"""The configuration store of a 1.6 station."""

from dataclasses import dataclass, field

from apps.simulator.certificates import MOST_CERTIFICATES
from apps.simulator.formatting import Json
from apps.simulator.knobs import Knobs, csv, is_true
from apps.simulator.makes import StationConfig

AC_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
DC_MEASURANDS = AC_MEASURANDS + ",SoC,Power.Offered,Current.Offered,Temperature"
SUPPORTED_MEASURANDS = frozenset(csv(DC_MEASURANDS)) | {"Energy.Active.Import.Interval", "Frequency"}
MEASURAND_KEYS = ("MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData")
MOST_KEYS_PER_REQUEST = 50
# Not of any specification: it makes the installation of the next firmware fail.
INSTALL_FAILS = "SimulatorInstallFails"


@dataclass(frozen=True)
class Key:
    value: str
    readonly: bool = False
    reboot: bool = False
    secret: bool = False


@dataclass
class KeyStore:
    keys: dict[str, Key]
    after_reboot: dict[str, str] = field(default_factory=dict)

    def get(self, names: list[str]) -> Json:
        """GetConfiguration: all without names; unknown names are told apart. Key names are compared without case."""
        known = {name.lower(): name for name in self.keys}
        wanted = [known[name.lower()] for name in names if name.lower() in known] if names else list(self.keys)
        answer: Json = {"configurationKey": [self._shown(name) for name in wanted]}
        unknown = [name for name in names if name.lower() not in known]
        return answer | ({"unknownKey": unknown} if unknown else {})

    def change(self, name: str, value: str) -> str:
        """ChangeConfiguration: the status to answer with."""
        name = {known.lower(): known for known in self.keys}.get(name.lower(), name)
        key = self.keys.get(name)
        if key is None:
            return "NotSupported"
        if key.readonly or not _acceptable(name, key.value, value):
            return "Rejected"
        if key.reboot:
            self.after_reboot[name] = value
            return "RebootRequired"
        self._put(name, value)
        return "Accepted"

    def reboot(self) -> None:
        for name, value in self.after_reboot.items():
            self._put(name, value)
        self.after_reboot.clear()

    def note(self, name: str, value: str) -> None:
        """The station itself changes a key, whatever the CSMS may do with it."""
        self._put(name, value)

    def text(self, name: str) -> str:
        return self.keys[name].value

    def number(self, name: str) -> int:
        return int(self.keys[name].value)

    def _put(self, name: str, value: str) -> None:
        key = self.keys[name]
        self.keys[name] = Key(value, key.readonly, key.reboot, key.secret)

    def _shown(self, name: str) -> Json:
        key = self.keys[name]
        return {"key": name, "readonly": key.readonly} | ({} if key.secret else {"value": key.value})


def _acceptable(name: str, old: str, new: str) -> bool:
    """A value of the same shape as the one it replaces."""
    if name in MEASURAND_KEYS:
        return set(csv(new)) <= SUPPORTED_MEASURANDS
    if old.lower() in ("true", "false"):
        return new.lower() in ("true", "false")
    return new.isdigit() if old.isdigit() else len(new) <= 500


def keys_for(config: StationConfig) -> KeyStore:
    return KeyStore(_core_keys() | _metering_keys(config) | _delivery_keys() | _profile_keys() | _upkeep_keys())


def _core_keys() -> dict[str, Key]:
    return {
        "AllowOfflineTxForUnknownId": Key("true"),
        "AuthorizationCacheEnabled": Key("true"),
        "AuthorizationKey": Key("", secret=True),
        "AuthorizeRemoteTxRequests": Key("false"),
        "ConnectionTimeOut": Key("60"),
        "ConnectorPhaseRotation": Key("0.RST,1.RST"),
        "GetConfigurationMaxKeys": Key(str(MOST_KEYS_PER_REQUEST), readonly=True),
        "HeartbeatInterval": Key("300"),
        "LocalAuthorizeOffline": Key("true"),
        "LocalPreAuthorize": Key("false"),
        "ResetRetries": Key("1"),
        "StopTransactionOnEVSideDisconnect": Key("true"),
        "StopTransactionOnInvalidId": Key("true"),
        "UnlockConnectorOnEVSideDisconnect": Key("true"),
    }


def _metering_keys(config: StationConfig) -> dict[str, Key]:
    at_stop = "Energy.Active.Import.Register" if config.make.transaction_data else ""
    return {
        "ClockAlignedDataInterval": Key("0"),
        "MeterValueSampleInterval": Key(str(config.sample_interval_s)),
        "MeterValuesAlignedData": Key("Energy.Active.Import.Register"),
        "MeterValuesSampledData": Key(DC_MEASURANDS if config.evses[0].kind == "dc" else AC_MEASURANDS),
        "NumberOfConnectors": Key(str(len(config.evses)), readonly=True),
        "StopTxnAlignedData": Key(""),
        "StopTxnSampledData": Key(at_stop),
    }


def _delivery_keys() -> dict[str, Key]:
    """The last three are not standard in 1.6; they are named as in 2.x."""
    return {
        "TransactionMessageAttempts": Key("5"),
        "TransactionMessageRetryInterval": Key("30"),
        "WebSocketPingInterval": Key("20", reboot=True),
        "RetryBackOffWaitMinimum": Key("5"),
        "RetryBackOffRandomRange": Key("5"),
        "RetryBackOffRepeatTimes": Key("4"),
    }


def _profile_keys() -> dict[str, Key]:
    return {
        "ChargeProfileMaxStackLevel": Key("10", readonly=True),
        "ChargingScheduleAllowedChargingRateUnit": Key("Current,Power", readonly=True),
        "ChargingScheduleMaxPeriods": Key("48", readonly=True),
        "LocalAuthListEnabled": Key("true"),
        "LocalAuthListMaxLength": Key("1000", readonly=True),
        "MaxChargingProfilesInstalled": Key("20", readonly=True),
        "ReserveConnectorZeroSupported": Key("false", readonly=True),
        "SendLocalListMaxLength": Key("500", readonly=True),
        "SupportedFeatureProfiles": Key(
            "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger", readonly=True
        ),
    }


def _upkeep_keys() -> dict[str, Key]:
    return {
        "CertificateSignedMaxChainSize": Key("10000", readonly=True),
        "CertificateStoreMaxLength": Key(str(MOST_CERTIFICATES), readonly=True),
        "CpoName": Key(""),
        "SupportedFileTransferProtocols": Key("HTTP,HTTPS", readonly=True),
        INSTALL_FAILS: Key("false"),
    }


def knobs_16(keys: KeyStore) -> Knobs:
    """A 1.6 transaction begins when car and card are there and ends when the card says so."""
    at_stop = csv(keys.text("StopTxnSampledData"))
    return Knobs(
        heartbeat_s=keys.number("HeartbeatInterval"),
        sample_interval_s=keys.number("MeterValueSampleInterval"),
        aligned_interval_s=keys.number("ClockAlignedDataInterval"),
        measurands_begin=at_stop,
        measurands_sampled=csv(keys.text("MeterValuesSampledData")),
        measurands_end=at_stop,
        measurands_aligned=csv(keys.text("MeterValuesAlignedData")),
        connection_timeout_s=keys.number("ConnectionTimeOut"),
        attempts=keys.number("TransactionMessageAttempts"),
        retry_interval_s=keys.number("TransactionMessageRetryInterval"),
        start_points=frozenset({"PowerPathClosed"}),
        stop_points=frozenset({"Authorized"}),
        stop_on_disconnect=is_true(keys.text("StopTransactionOnEVSideDisconnect")),
        stop_on_invalid=is_true(keys.text("StopTransactionOnInvalidId")),
        authorize_remote=is_true(keys.text("AuthorizeRemoteTxRequests")),
        offline_known=is_true(keys.text("LocalAuthorizeOffline")),
        offline_unknown=is_true(keys.text("AllowOfflineTxForUnknownId")),
        back_off_minimum_s=keys.number("RetryBackOffWaitMinimum"),
        back_off_range_s=keys.number("RetryBackOffRandomRange"),
        back_off_repeats=keys.number("RetryBackOffRepeatTimes"),
        offline_threshold_s=0,
        install_fails=is_true(keys.text(INSTALL_FAILS)),
    )
