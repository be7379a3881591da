"""What a 1.6 station does when it is asked to."""

from apps.simulator.dialect import Message
from apps.simulator.dialect16 import Dialect16
from apps.simulator.evse import Evse
from apps.simulator.formatting import Json, stamp
from apps.simulator.limits import WHOLE_STATION, Criteria
from apps.simulator.link import Answer
from apps.simulator.orders import Orders, Premises, data_transfer
from apps.simulator.profiles import PURPOSES_16, profile_16
from apps.simulator.reservations import Reservation
from apps.simulator.tokens import Token, TokenInfo, instant_of, read_instant
from apps.simulator.upkeep16 import Upkeep16


class Orders16(Orders):
    def __init__(self, station: Premises, dialect: Dialect16) -> None:
        super().__init__(station)
        self._dialect, self._keys = dialect, dialect.keys
        self._upkeep = Upkeep16(station, dialect)
        self.table = {
            "CancelReservation": self.cancel_reservation,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_charging_profile,
            "DataTransfer": lambda p: data_transfer(self.station, p),
            "ExtendedTriggerMessage": self._extended_trigger_message,
            "GetCompositeSchedule": self._get_composite_schedule,
            "GetConfiguration": lambda p: Answer(self._keys.get(p.get("key") or [])),
            "GetLocalListVersion": lambda _: Answer({"listVersion": self.control.tokens.version}),
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": lambda p: self.remote_stop(self._by_number(p["transactionId"])),
            "ReserveNow": self._reserve_now,
            "Reset": self._reset,
            "SendLocalList": self._send_local_list,
            "SetChargingProfile": self._set_charging_profile,
            "TriggerMessage": self._trigger_message,
            "UnlockConnector": self._unlock,
        } | self._upkeep.table

    def _by_number(self, number: int) -> Evse | None:
        found = [evse for evse in self.control.evses.values() if evse.charge and evse.charge.number == number]
        return found[0] if found else None

    def _addressed(self, connector: int) -> list[Evse]:
        """Connector 0 is the whole station."""
        evses = self.control.evses
        return list(evses.values()) if connector == WHOLE_STATION else [e for e in (evses.get(connector),) if e]

    def _change_availability(self, p: Json) -> Answer:
        evses = self._addressed(p["connectorId"])
        if not evses:
            return Answer({"status": "Rejected"})
        operative = p["type"] == "Operative"
        running = not operative and any(evse.charge for evse in evses)

        def change() -> None:
            self.control.set_operative(evses, operative)
            if p["connectorId"] == WHOLE_STATION:
                self.station.tell(*self.station.statuses(None))

        return Answer({"status": "Scheduled" if running else "Accepted"}, self.later(change))

    def _change_configuration(self, p: Json) -> Answer:
        return Answer({"status": self._keys.change(p["key"], p["value"])})

    def _clear_cache(self, _: Json) -> Answer:
        self.control.tokens.cached.clear()
        return Answer({"status": "Accepted"})

    def _remote_start(self, p: Json) -> Answer:
        profile = profile_16(p["chargingProfile"]) if "chargingProfile" in p else None
        evse = self.choose(p.get("connectorId"))
        follow_up = self.remote_start(evse, Token(p["idTag"]), remote_id=None, profile=profile)
        return Answer({"status": "Accepted" if follow_up else "Rejected"}, follow_up)

    def _reserve_now(self, p: Json) -> Answer:
        until = instant_of(p["expiryDate"])
        return self.reserve(
            p["connectorId"], Reservation(p["reservationId"], Token(p["idTag"]), p.get("parentIdTag"), until)
        )

    def _reset(self, p: Json) -> Answer:
        reason = f"{p['type']}Reset"
        return Answer(
            {"status": "Accepted"},
            self.later(lambda: self.station.reset(when_idle=False, trigger="ResetCommand", reason=reason)),
        )

    def _unlock(self, p: Json) -> Answer:
        evse = self.evse(p["connectorId"])
        if evse is None or evse.config.kind == "dc":
            # A fixed cable has no lock of the kind that is meant.
            return Answer({"status": "NotSupported"})
        if evse.charge:
            self.control.deauthorize(evse, "UnlockCommand", "UnlockCommand")
        return Answer({"status": "Unlocked"})

    # -- local list ----------------------------------------------------------------------------------------------------

    def _send_local_list(self, p: Json) -> Answer:
        book, entries = self.control.tokens, p.get("localAuthorizationList") or []
        read = {entry["idTag"].upper(): _info(entry.get("idTagInfo")) for entry in entries}
        if p["updateType"] == "Full":
            book.replace(p["listVersion"], {key: info for key, info in read.items() if info})
        elif p["listVersion"] <= book.version:
            return Answer({"status": "VersionMismatch"})
        else:
            book.update(p["listVersion"], read)
        return Answer({"status": "Accepted"})

    # -- smart charging ------------------------------------------------------------------------------------------------

    def _set_charging_profile(self, p: Json) -> Answer:
        number, profile = p["connectorId"], profile_16(p["csChargingProfiles"])
        evse = self.evse(number)
        running = str(evse.charge.number) if evse and evse.charge else None
        return self.set_profile(number, profile, transaction_matches=profile.transaction in (None, running))

    def _clear_charging_profile(self, p: Json) -> Answer:
        wanted = Criteria(
            p.get("id"), p.get("connectorId"), PURPOSES_16.get(p.get("chargingProfilePurpose", "")), p.get("stackLevel")
        )
        return Answer({"status": "Accepted" if self.control.profiles.clear(wanted.fits) else "Unknown"})

    def _get_composite_schedule(self, p: Json) -> Answer:
        unit, now = p.get("chargingRateUnit", "W"), stamp(self.station.config.make, self.control.now())
        steps = self.schedule(p["connectorId"], p["duration"], unit)
        if steps is None:
            return Answer({"status": "Rejected"})
        schedule = {
            "duration": p["duration"],
            "startSchedule": now,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": step.start_s, "limit": step.limit} for step in steps],
        }
        answer = {"status": "Accepted", "connectorId": p["connectorId"], "scheduleStart": now}
        return Answer(answer | {"chargingSchedule": schedule})

    # -- trigger -------------------------------------------------------------------------------------------------------

    def _trigger_message(self, p: Json) -> Answer:
        return self._trigger(p, self._upkeep.plain_news(p["requestedMessage"]))

    def _extended_trigger_message(self, p: Json) -> Answer:
        return self._trigger(p, self._upkeep.secure_news(p["requestedMessage"]))

    def _trigger(self, p: Json, upkeep: list[Message]) -> Answer:
        wanted, evses = p["requestedMessage"], self._addressed(p.get("connectorId", WHOLE_STATION))
        if not evses:
            return Answer({"status": "Rejected"})
        if wanted == "BootNotification":
            return Answer({"status": "Accepted"}, self.later(self.station.boot_now))
        messages = upkeep or self._triggered(wanted, evses, p.get("connectorId"))
        return Answer({"status": "Accepted"}, self.telling(*messages))

    def _triggered(self, wanted: str, evses: list[Evse], connector: int | None) -> list[Message]:
        if wanted == "Heartbeat":
            return [("Heartbeat", {})]
        if wanted == "MeterValues":
            return [self._reading(evse) for evse in evses]
        whole = self.station.statuses(None) if not connector else []
        return whole + [message for evse in evses for message in self.station.statuses(evse)]

    def _reading(self, evse: Evse) -> Message:
        ((_, reading),) = self.readings([evse])
        action, payload = self._dialect.idle_reading(evse, reading)
        number = evse.charge.number if evse.charge else None
        return action, payload if number is None else payload | {"transactionId": number}


def _info(info: Json | None) -> TokenInfo | None:
    """An entry without information takes itself out of a differential update."""
    return TokenInfo(info["status"], info.get("parentIdTag"), read_instant(info.get("expiryDate"))) if info else None
