"""Which dialect speaks which version."""

from apps.dialects.adapters import v2, v16
from apps.dialects.adapters.dialect import Dialect
from apps.stations.messages import OcppVersion

_DIALECTS = {
    OcppVersion.V16: v16.DIALECT,
    OcppVersion.V201: v2.DIALECT_201,
    OcppVersion.V21: v2.DIALECT_21,
}


def dialect_for(version: OcppVersion) -> Dialect:
    return _DIALECTS[version]


def versions_by_preference() -> tuple[OcppVersion, ...]:
    """Newest first: of the versions a station offers, the first of these is taken."""
    return (OcppVersion.V21, OcppVersion.V201, OcppVersion.V16)
