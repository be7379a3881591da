"""OCPP 1.6, the one dialect that needs translating: connector n is EVSE n, connector 0 the station, idTag a token."""

from apps.dialects.adapters.dialect import Dialect
from apps.dialects.adapters.v16 import certificates
from apps.dialects.adapters.v16.commands import ENCODERS
from apps.dialects.adapters.v16.outcomes import OUTCOMES
from apps.dialects.adapters.v16.parsing import PARSERS
from apps.dialects.adapters.v16.replies import QUARANTINE_REPLIES, REPLIES
from apps.stations.messages import OcppVersion

DIALECT = Dialect(
    version=OcppVersion.V16,
    parsers=PARSERS,
    replies={**REPLIES, **certificates.REPLIES},
    quarantine_replies=QUARANTINE_REPLIES,
    encoders=ENCODERS,
    outcomes=OUTCOMES,
)
