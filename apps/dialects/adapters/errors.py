"""Error codes of the RPC framework: spelled as 2.x does inside, as each version wants on the wire (Q63)."""

from enum import StrEnum

from apps.stations.messages import OcppVersion


class ErrorCode(StrEnum):
    """P4 §4.3, the 2.x spelling."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


# J16 table 7; the misspelt and the odd name were left in place by the OCPP-J errata §5.1 and §5.2 because they are
# on the wire. The two codes that came with 2.x have no counterpart.
_SPELLED_IN_16 = {
    "FormatViolation": "FormationViolation",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "MessageTypeNotSupported": "GenericError",
    "RpcFrameworkError": "GenericError",
}
_KNOWN = {code.value.casefold(): code for code in ErrorCode} | {
    "formationviolation": ErrorCode.FORMAT_VIOLATION,
    "occurenceconstraintviolation": ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
}


def understood(code: object) -> ErrorCode:
    """The code behind any spelling; what nobody knows is a GenericError (Q57)."""
    return _KNOWN.get(str(code).strip().casefold(), ErrorCode.GENERIC_ERROR)


def spelled(code: str, version: OcppVersion) -> str:
    """The code as that version writes it. Codes that are already spelled so stay."""
    known = understood(code).value
    return _SPELLED_IN_16.get(known, known) if version is OcppVersion.V16 else known
