"""A new password for a station, told to it over OCPP (A01): nobody sees it, the old one is good until it is used."""

import secrets

from apps.stations.messages import VariableRef
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.changes import change_variable, is_16
from apps.stations.services.credentials import PASSWORD_BYTES

KEY_16 = VariableRef(component="", variable="AuthorizationKey")
KEY = VariableRef(component="SecurityCtrlr", variable="BasicAuthPassword")


def rotate_password(station: ChargingStation, *, by: str, reason: str = "") -> StationCommand:
    """Make up a password and queue the command that tells it to the station."""
    ref = KEY_16 if is_16(station) else KEY
    return change_variable(station, ref, secrets.token_hex(PASSWORD_BYTES), by=by, reason=reason).command
