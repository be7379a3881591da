"""What 2.x stations answer to our commands."""

from collections.abc import Mapping
from typing import Any

from apps.charging.messages import TransactionStatus
from apps.dialects.adapters.masking import shown
from apps.dialects.adapters.outcomes import Outcome, by_status, is_good, of_data_transfer, reason
from apps.dialects.adapters.reading import list_at, object_at, text
from apps.dialects.adapters.v2 import certificates, profiles, tokens, upkeep
from apps.dialects.adapters.v2.reports import variable_ref
from apps.stations.messages import CommandOutcome, VariableResult


def _get_variables(_request: Any, answer: Any) -> CommandOutcome:
    """Worth an acceptance as soon as one value came."""
    return _of_results(_entries(answer, "getVariableResult"), accept=any)


def _set_variables(_request: Any, answer: Any) -> CommandOutcome:
    """Accepted only if all were (Q85); which were is told one by one."""
    return _of_results(_entries(answer, "setVariableResult"), accept=all)


def _entries(answer: Any, name: str) -> list[Mapping[str, Any]]:
    return [entry for entry in list_at(object_at(answer).get(name)) if isinstance(entry, dict)]


def _of_results(entries: list[Mapping[str, Any]], *, accept: Any) -> CommandOutcome:
    """The status of the whole is the first that decides it: a good one if accepted, a bad one if not."""
    statuses = [text(entry.get("attributeStatus")) for entry in entries]
    accepted = bool(statuses) and accept(map(is_good, statuses))
    deciding = next((index for index, status in enumerate(statuses) if is_good(status) == accepted), None)
    return CommandOutcome(
        accepted=accepted,
        status="" if deciding is None else statuses[deciding],
        reason="" if deciding is None else reason(entries[deciding].get("attributeStatusInfo")),
        variables=tuple(result for entry in entries if (result := _result(entry)) is not None),
    )


def _result(entry: Mapping[str, Any]) -> VariableResult | None:
    ref = variable_ref(entry, entry.get("attributeType"))
    if ref is None:
        return None
    value = entry.get("attributeValue")
    return VariableResult(
        ref=ref,
        status=text(entry.get("attributeStatus")),
        value=shown(ref.variable, None if value is None else text(value)),
    )


def _transaction_status(_request: Any, answer: Any) -> CommandOutcome:
    """No status but a yes; without `messagesInQueue` nothing was answered (E14)."""
    answer = object_at(answer)
    waiting, ongoing = answer.get("messagesInQueue"), answer.get("ongoingIndicator")
    if not isinstance(waiting, bool):
        return CommandOutcome(accepted=False, status="")
    told = TransactionStatus(messages_in_queue=waiting, ongoing=ongoing if isinstance(ongoing, bool) else None)
    return CommandOutcome(accepted=True, status="", data=told)


OUTCOMES: Mapping[str, Outcome] = {
    "ChangeAvailability": by_status,
    "DataTransfer": of_data_transfer,
    "GetBaseReport": by_status,
    "GetTransactionStatus": _transaction_status,
    "GetVariables": _get_variables,
    "RequestStartTransaction": by_status,
    "RequestStopTransaction": by_status,
    "Reset": by_status,
    "SetVariables": _set_variables,
    "TriggerMessage": by_status,
    "UnlockConnector": by_status,
    **certificates.OUTCOMES,
    **profiles.OUTCOMES,
    **tokens.OUTCOMES,
    **upkeep.OUTCOMES,
}
