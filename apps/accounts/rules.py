"""What each role may do, as patterns over permission names (`stations.view_chargingstation`, `charging.start`)."""

from fnmatch import fnmatchcase

from apps.accounts.messages import Role

_VIEW = ("*.view_*",)
_CHARGE = ("charging.start", "charging.stop", "charging.reserve")
_STATIONS = ("stations.*", "smartcharging.*", *_CHARGE)

GRANTS: dict[Role, tuple[str, ...]] = {
    Role.OWNER: ("*",),
    Role.MANAGER: (
        *_STATIONS, "fleet.*", "certificates.*", "drivers.*", "charging.*", "tariffs.*", "billing.*", "exports.*",
        *_VIEW,
    ),
    Role.OPERATOR: (*_STATIONS, "fleet.*", "charging.decide", "drivers.*", "exports.*", *_VIEW),
    Role.INSTALLER: (*_STATIONS, "certificates.*", "*.view_*"),
    Role.FINANCE: ("billing.*", "charging.decide", "tariffs.*", "exports.*", *_VIEW),
    Role.SUPPORT: (*_CHARGE, "stations.command", "drivers.see_token", *_VIEW),
    Role.READ_ONLY: _VIEW,
}  # fmt: skip
# Users, keys and the audit trail are the owner's alone, whatever the view pattern says.
OWNER_ONLY = ("accounts.",)


def may(role: str, permission: str) -> bool:
    """Whether a role grants a permission."""
    if role != Role.OWNER and permission.startswith(OWNER_ONLY):
        return False
    return any(fnmatchcase(permission, pattern) for pattern in GRANTS.get(Role(role), ()))
