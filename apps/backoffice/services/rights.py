"""What an operator may do on the pages, asked once per page or fragment."""

from dataclasses import dataclass

from apps.backoffice.services.viewers import Viewer

START, STOP, RESERVE = "charging.start", "charging.stop", "charging.reserve"
COMMAND, CONFIGURE = "stations.command", "stations.configure"
PASSWORD = "stations.change_chargingstation"  # noqa: S105  (the name of a permission)
SETTLE = "stations.settle_message"
SEE_EVENT, CERTIFY = "stations.see_security_event", "certificates.manage"
SEE_CHARGES, DECIDE, CLOSE = "charging.view_transaction", "charging.decide", STOP
DECIDE_QUIRK = "stations.decide_quirk"
UPDATE_FIRMWARE, READ_LOG = "stations.update_firmware", "stations.read_log"
LIBRARY, CAMPAIGN = "fleet.change_firmware", "fleet.run_campaign"
BULK = "fleet.command"
SET_PROFILE = "smartcharging.set_profile"
EXPORT = "exports.download"
RELEASE = "billing.release_hold"
CREDIT = "billing.credit_invoice"
SEE_TOKENS = "drivers.see_token"


@dataclass(frozen=True, kw_only=True)
class Rights:
    start: bool
    stop: bool
    reserve: bool
    command: bool
    configure: bool
    password: bool
    settle: bool
    see_events: bool
    certify: bool
    decide: bool
    decide_quirk: bool
    update_firmware: bool
    read_log: bool
    library: bool
    campaign: bool
    bulk: bool
    set_profile: bool
    export: bool
    release: bool
    credit: bool
    see_tokens: bool


def rights_of(viewer: Viewer) -> Rights:
    return Rights(
        start=viewer.may(START),
        stop=viewer.may(STOP),
        reserve=viewer.may(RESERVE),
        command=viewer.may(COMMAND),
        configure=viewer.may(CONFIGURE),
        password=viewer.may(PASSWORD),
        settle=viewer.may(SETTLE),
        see_events=viewer.may(SEE_EVENT),
        certify=viewer.may(CERTIFY),
        decide=viewer.may(DECIDE),
        decide_quirk=viewer.may(DECIDE_QUIRK),
        update_firmware=viewer.may(UPDATE_FIRMWARE),
        read_log=viewer.may(READ_LOG),
        library=viewer.may(LIBRARY),
        campaign=viewer.may(CAMPAIGN),
        bulk=viewer.may(BULK),
        set_profile=viewer.may(SET_PROFILE),
        export=viewer.may(EXPORT),
        release=viewer.may(RELEASE),
        credit=viewer.may(CREDIT),
        see_tokens=viewer.may(SEE_TOKENS),
    )
