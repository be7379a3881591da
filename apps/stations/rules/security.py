"""Which security events are critical: the list of 2.1 part 2 appendix 1, whose names 1.6 spells a little differently.

Where the security whitepaper of 1.6 calls an event uncritical and 2.1 critical, the newer judgement holds.
"""

_CRITICAL = frozenset({
    "DiscardedRenewedClientCertificate",
    "FirmwareUpdated",
    "InvalidChargingStationCertificate",
    "InvalidCsmsCertificate",
    "InvalidFirmwareSignature",
    "InvalidFirmwareSigningCertificate",
    "InvalidTLSCipherSuite",
    "InvalidTLSVersion",
    "MaintenanceLoginAccepted",
    "MaintenanceLoginFailed",
    "MemoryExhaustion",
    "ResetOrReboot",
    "SecurityLogWasCleared",
    "SettingSystemTime",
    "StartupOfTheDevice",
    "TamperDetectionActivated",
})  # fmt: skip
_UNCRITICAL = frozenset({
    "AttemptedReplayAttacks",
    "CsmsFailedToAuthenticate",
    "FailedToAuthenticateAtCsms",
    "InvalidMessages",
    "ReconfigurationOfSecurityParameters",
})  # fmt: skip
# 1.6's, and the spelling of 2.1's own text where its list of events has another.
_OTHER_NAMES = {
    "CentralSystemFailedToAuthentication": "CsmsFailedToAuthenticate",
    "CsmsFailedToAuthentication": "CsmsFailedToAuthenticate",
    "FailedToAuthenticationAtCentralSystem": "FailedToAuthenticateAtCsms",
    "FailedToAuthenticationAtCsms": "FailedToAuthenticateAtCsms",
    "InvalidCentralSystemCertificate": "InvalidCsmsCertificate",
    "InvalidChargePointCertificate": "InvalidChargingStationCertificate",
}
_STANDARD = {name.casefold(): name for name in _CRITICAL | _UNCRITICAL} | {
    old.casefold(): name for old, name in _OTHER_NAMES.items()
}
_PROFILES = ("0", "1", "2", "3")
# Every restart brings these, also those that we ask for ourselves. They are critical, and no reason to wake anybody.
_ROUTINE = frozenset({"ResetOrReboot", "StartupOfTheDevice"})


def lowers_profile(variable: str, known: str | None, value: str | None) -> bool:
    """Whether this is a step down from a security profile, which nothing but a visit should bring about (A05.FR.09)."""
    if variable.casefold() != "securityprofile":
        return False
    before, after = ((text or "").strip() for text in (known, value))
    return before in _PROFILES and after in _PROFILES and after < before


def standard_name(event_type: str) -> str | None:
    """What 2.1 calls this event; none for a vendor's own."""
    return _STANDARD.get(event_type.strip().casefold())


def is_critical(event_type: str) -> bool:
    return standard_name(event_type) in _CRITICAL


def needs_attention(event_type: str) -> bool:
    """Whether someone should look at it: critical, and not what every restart brings."""
    return is_critical(event_type) and standard_name(event_type) not in _ROUTINE
