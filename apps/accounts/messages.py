"""Roles and scopes."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    OPERATOR = "operator"
    INSTALLER = "installer"
    FINANCE = "finance"
    SUPPORT = "support"
    READ_ONLY = "read-only"


class Scope(StrEnum):
    """What an API key may do; `write` includes `read` of the same part."""

    READ = "read"
    STATIONS_WRITE = "stations:write"
    COMMANDS_WRITE = "commands:write"
    DRIVERS_WRITE = "drivers:write"
    TARIFFS_WRITE = "tariffs:write"
    BILLING_WRITE = "billing:write"
