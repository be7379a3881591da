"""What a 2.0.1 or 2.1 station does when it is asked to."""

from apps.simulator.dialect import Message
from apps.simulator.dialect2x import Dialect2x
from apps.simulator.evse import Evse
from apps.simulator.formatting import Json, stamp
from apps.simulator.limits import Criteria
from apps.simulator.link import Answer, Refused
from apps.simulator.orders import Orders, Premises, data_transfer
from apps.simulator.profiles import profile_2x
from apps.simulator.reservations import Reservation
from apps.simulator.tokens import ACCEPTED, Token, TokenInfo, instant_of, read_instant
from apps.simulator.upkeep2x import Upkeep2x
from apps.simulator.variables import Variable, component_json, place_of, variable_json

REJECTED = {"status": "Rejected"}
DONE = {"status": "Accepted"}
SUMMARY_VARIABLES = ("AvailabilityState", "Available", "Problem")


class Orders2x(Orders):
    def __init__(self, station: Premises, dialect: Dialect2x) -> None:
        super().__init__(station)
        self._dialect, self._model = dialect, dialect.model
        self._upkeep = Upkeep2x(station, dialect)
        self.table = {
            "CancelReservation": self.cancel_reservation,
            "ChangeAvailability": self._change_availability,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_charging_profile,
            "DataTransfer": lambda p: data_transfer(self.station, p),
            "GetBaseReport": self._get_base_report,
            "GetCompositeSchedule": self._get_composite_schedule,
            "GetLocalListVersion": lambda _: Answer({"versionNumber": self.control.tokens.version}),
            "GetTransactionStatus": self._get_transaction_status,
            "GetVariables": self._get_variables,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": lambda p: self.remote_stop(self._by_id(p["transactionId"])),
            "ReserveNow": self._reserve_now,
            "Reset": self._reset,
            "SendLocalList": self._send_local_list,
            "SetChargingProfile": self._set_charging_profile,
            "SetVariables": self._set_variables,
            "TriggerMessage": self._trigger_message,
            "UnlockConnector": self._unlock,
        } | self._upkeep.table

    def refusal(self) -> Exception:
        # 2.x B03.FR.08
        return Refused("SecurityError", "registration was rejected")

    def _by_id(self, id_: str) -> Evse | None:
        found = [evse for evse in self.control.evses.values() if evse.charge and evse.charge.id == id_]
        return found[0] if found else None

    def _addressed(self, evse: Json | None) -> list[Evse]:
        evses = self.control.evses
        if not evse or not evse["id"]:
            return list(evses.values())
        found = evses.get(evse["id"])
        if found is None or not 1 <= evse.get("connectorId", 1) <= found.config.connectors:
            return []
        return [found]

    def _change_availability(self, p: Json) -> Answer:
        evses = self._addressed(p.get("evse"))
        if not evses:
            return Answer(REJECTED)
        operative = p["operationalStatus"] == "Operative"
        running = not operative and any(evse.charge for evse in evses)
        return Answer(
            {"status": "Scheduled" if running else "Accepted"},
            self.later(lambda: self.control.set_operative(evses, operative)),
        )

    def _clear_cache(self, _: Json) -> Answer:
        self.control.tokens.cached.clear()
        return Answer(DONE)

    def _request_start(self, p: Json) -> Answer:
        profile = profile_2x(p["chargingProfile"]) if "chargingProfile" in p else None
        evse = self.choose(p.get("evseId"))
        token = Token(p["idToken"]["idToken"], p["idToken"]["type"])
        # A transaction that began with the plug is named in the answer (2.x F01.FR.13).
        running = {"transactionId": evse.charge.id} if evse and evse.charge else {}
        follow_up = self.remote_start(evse, token, remote_id=p["remoteStartId"], profile=profile)
        return Answer(DONE | running, follow_up) if follow_up else Answer(REJECTED)

    def _reserve_now(self, p: Json) -> Answer:
        token, group = Token(p["idToken"]["idToken"], p["idToken"]["type"]), p.get("groupIdToken") or {}
        until = instant_of(p["expiryDateTime"])
        return self.reserve(p.get("evseId"), Reservation(p["id"], token, group.get("idToken"), until))

    def _reset(self, p: Json) -> Answer:
        evse = self.evse(p["evseId"]) if "evseId" in p else None
        if p["type"] == "ImmediateAndResume" or ("evseId" in p and evse is None):
            return Answer(REJECTED)
        concerned = [evse] if evse else list(self.control.evses.values())
        when_idle = p["type"] == "OnIdle"
        status = "Scheduled" if when_idle and any(e.charge for e in concerned) else "Accepted"

        def reset() -> None:
            self.station.reset(when_idle=when_idle, trigger="ResetCommand", reason="ImmediateReset", evse=evse)

        return Answer({"status": status}, self.later(reset))

    def _unlock(self, p: Json) -> Answer:
        evse = self.evse(p["evseId"])
        if evse is None or p["connectorId"] > evse.config.connectors:
            return Answer({"status": "UnknownConnector"})
        if evse.charge and evse.token:
            return Answer({"status": "OngoingAuthorizedTransaction"})
        return Answer({"status": "Unlocked" if evse.config.kind == "ac" else "UnlockFailed"})

    def _get_transaction_status(self, p: Json) -> Answer:
        """Without a transaction only the queue is told of (2.x E14)."""
        id_, outbox = p.get("transactionId"), self.station.outbox
        if id_ is None:
            return Answer({"messagesInQueue": outbox.holds(None)})
        return Answer({"ongoingIndicator": self._by_id(id_) is not None, "messagesInQueue": outbox.holds(id_)})

    # -- device model --------------------------------------------------------------------------------------------------

    def _get_variables(self, p: Json) -> Answer:
        return Answer({"getVariableResult": [self._get_variable(item) for item in p["getVariableData"]]})

    def _get_variable(self, item: Json) -> Json:
        attribute = item.get("attributeType", "Actual")
        status, value = self._model.read(place_of(item["component"], item["variable"]), attribute)
        result = {
            "attributeStatus": status,
            "attributeType": attribute,
            "component": item["component"],
            "variable": item["variable"],
        }
        return result if value is None else result | {"attributeValue": value}

    def _set_variables(self, p: Json) -> Answer:
        return Answer({"setVariableResult": [self._set_variable(item) for item in p["setVariableData"]]})

    def _set_variable(self, item: Json) -> Json:
        attribute, place = item.get("attributeType", "Actual"), place_of(item["component"], item["variable"])
        status = self._model.write(place, attribute, item["attributeValue"])
        return {
            "attributeStatus": status,
            "attributeType": attribute,
            "component": component_json(place),
            "variable": variable_json(place),
        }

    def _get_base_report(self, p: Json) -> Answer:
        variables = [v for v in self._model.variables.values() if _belongs(v, p["reportBase"])]
        return Answer(DONE, self.telling(*self._report(p["requestId"], variables)))

    def _report(self, request_id: int, variables: list[Variable]) -> list[Message]:
        """In parts, numbered from 0, all but the last to be continued (2.x B07, B08)."""
        size = self._model.number("DeviceDataCtrlr", "ItemsPerMessage", "GetReport")
        parts = [variables[n : n + size] for n in range(0, len(variables), size)]
        at = stamp(self.station.config.make, self.control.now())
        return [
            (
                "NotifyReport",
                {
                    "requestId": request_id,
                    "generatedAt": at,
                    "seqNo": number,
                    "tbc": number < len(parts) - 1,
                    "reportData": [variable.report() for variable in part],
                },
            )
            for number, part in enumerate(parts)
        ]

    # -- local list ----------------------------------------------------------------------------------------------------

    def _send_local_list(self, p: Json) -> Answer:
        book, entries = self.control.tokens, p.get("localAuthorizationList") or []
        read = {entry["idToken"]["idToken"].upper(): _info(entry.get("idTokenInfo")) for entry in entries}
        if p["updateType"] == "Full":
            book.replace(p["versionNumber"], {key: info for key, info in read.items() if info})
        elif p["versionNumber"] <= book.version:
            return Answer({"status": "VersionMismatch"})
        else:
            book.update(p["versionNumber"], read)
        return Answer(DONE)

    # -- smart charging ------------------------------------------------------------------------------------------------

    def _set_charging_profile(self, p: Json) -> Answer:
        number, profile = p["evseId"], profile_2x(p["chargingProfile"])
        evse = self.evse(number)
        running = evse.charge.id if evse and evse.charge else None
        return self.set_profile(number, profile, transaction_matches=profile.transaction == running)

    def _clear_charging_profile(self, p: Json) -> Answer:
        c = p.get("chargingProfileCriteria") or {}
        wanted = Criteria(
            p.get("chargingProfileId"), c.get("evseId"), c.get("chargingProfilePurpose"), c.get("stackLevel")
        )
        return Answer({"status": "Accepted" if self.control.profiles.clear(wanted.fits) else "Unknown"})

    def _get_composite_schedule(self, p: Json) -> Answer:
        unit = p.get("chargingRateUnit", "W")
        steps = self.schedule(p["evseId"], p["duration"], unit)
        if steps is None:
            return Answer(REJECTED)
        schedule = {
            "evseId": p["evseId"],
            "duration": p["duration"],
            "scheduleStart": stamp(self.station.config.make, self.control.now()),
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": step.start_s, "limit": step.limit} for step in steps],
        }
        return Answer({"status": "Accepted", "schedule": schedule})

    # -- trigger -------------------------------------------------------------------------------------------------------

    def _trigger_message(self, p: Json) -> Answer:
        wanted, evses = p["requestedMessage"], self._addressed(p.get("evse"))
        if not evses:
            return Answer(REJECTED)
        if wanted == "BootNotification":
            # 2.x F06.FR.17
            return Answer(REJECTED) if self.accepted else Answer(DONE, self.later(self.station.boot_now))
        if wanted == "TransactionEvent":
            return self._trigger_transaction_events([evse for evse in evses if evse.charge])
        if wanted == "StatusNotification" and "connectorId" not in p.get("evse", {}):
            # 2.x F06.FR.12
            return Answer(REJECTED)
        messages = self._upkeep.news(wanted) or self._triggered(wanted, evses)
        return Answer(DONE, self.telling(*messages)) if messages else Answer({"status": "NotImplemented"})

    def _trigger_transaction_events(self, evses: list[Evse]) -> Answer:
        def follow_up() -> None:
            for evse, reading in self.readings(evses):
                self.control.triggered_event(evse, reading)

        return Answer(DONE, self.later(follow_up)) if evses else Answer(REJECTED)

    def _triggered(self, wanted: str, evses: list[Evse]) -> list[Message]:
        if wanted == "Heartbeat":
            return [("Heartbeat", {})]
        if wanted == "MeterValues":
            return [self._dialect.idle_reading(evse, reading) for evse, reading in self.readings(evses)]
        if wanted == "StatusNotification":
            return [message for evse in evses for message in self.station.statuses(evse)]
        return []


def _belongs(variable: Variable, report_base: str) -> bool:
    if report_base == "ConfigurationInventory":
        return variable.mutability != "ReadOnly"
    if report_base == "SummaryInventory":
        return variable.place.variable in SUMMARY_VARIABLES
    return True


def _info(info: Json | None) -> TokenInfo | None:
    """An entry without information takes itself out of a differential update."""
    if info is None:
        return None
    group = (info.get("groupIdToken") or {}).get("idToken")
    return TokenInfo(info.get("status", ACCEPTED), group, read_instant(info.get("cacheExpiryDateTime")))
