"""OCPP 2.0.1 and 2.1 in one adapter: our words are theirs; what differs is how much each version has room for."""

from apps.dialects.adapters.dialect import Dialect
from apps.dialects.adapters.v2 import certificates
from apps.dialects.adapters.v2.commands import encoders
from apps.dialects.adapters.v2.outcomes import OUTCOMES
from apps.dialects.adapters.v2.parsing import PARSERS
from apps.dialects.adapters.v2.replies import LIMITS_21, LIMITS_201, QUARANTINE_REPLIES, Limits, replies
from apps.stations.messages import OcppVersion


def _dialect(version: OcppVersion, limits: Limits) -> Dialect:
    return Dialect(
        version=version,
        parsers=PARSERS,
        replies={**replies(limits), **certificates.REPLIES},
        quarantine_replies=QUARANTINE_REPLIES,
        encoders=encoders(limits),
        outcomes=OUTCOMES,
    )


DIALECT_201 = _dialect(OcppVersion.V201, LIMITS_201)
DIALECT_21 = _dialect(OcppVersion.V21, LIMITS_21)
