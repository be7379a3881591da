"""What is wrong with a profile, in words."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import FieldError, UnableTo
from apps.smartcharging.messages import Fault, FaultKind

WORDS: Mapping[FaultKind, str | Promise] = {
    FaultKind.PURPOSE_UNKNOWN: gettext_lazy("Profiles for this purpose can't be set from here."),
    FaultKind.STATION_ONLY: gettext_lazy("A limit of the station belongs to the whole station (EVSE 0)."),
    FaultKind.EVSE_ONLY: gettext_lazy("A profile for one charge needs the EVSE where it charges."),
    FaultKind.NO_CHARGE: gettext_lazy(
        "Nobody charges at this EVSE. Set a default, or start a charge with the profile."
    ),
    FaultKind.RELATIVE_STATION: gettext_lazy("A limit of the station can't begin with a charge. Give it a start."),
    FaultKind.KIND_UNKNOWN: gettext_lazy("Profiles of this kind can't be set from here."),
    FaultKind.START_NEEDED: gettext_lazy("When does the schedule start?"),
    FaultKind.START_UNWANTED: gettext_lazy("A schedule that begins with each charge has no start of its own."),
    FaultKind.RECURRENCY_NEEDED: gettext_lazy("Is it repeated daily or weekly?"),
    FaultKind.RECURRENCY_UNWANTED: gettext_lazy("Only a schedule that is repeated has a rhythm."),
    FaultKind.STACK_LEVEL: gettext_lazy("The station knows stack levels from 0 to %(bound)s."),
    FaultKind.TOO_MANY_PROFILES: gettext_lazy(
        "Too many profiles for this station (%(bound)s at most). Clear one first."
    ),
    FaultKind.LEVEL_TAKEN: gettext_lazy(
        "A default with this stack level exists for all EVSEs and one of them at once: choose another level."
    ),
    FaultKind.UNIT: gettext_lazy("The station takes limits in %(bound)s only."),
    FaultKind.NO_PERIODS: gettext_lazy("The schedule has no periods."),
    FaultKind.TOO_MANY_PERIODS: gettext_lazy("Too many periods for this station (%(bound)s at most)."),
    FaultKind.FIRST_PERIOD: gettext_lazy("The first period starts at 0."),
    FaultKind.PERIOD_ORDER: gettext_lazy("Each period starts later than the one before it."),
    FaultKind.PERIOD_TOO_LATE: gettext_lazy("This period would never be reached: the schedule is over by then."),
    FaultKind.LIMIT_STEP: gettext_lazy("A limit is 0 or more, in steps of 0.1."),
    FaultKind.PHASES: gettext_lazy("One, two or three phases."),
    FaultKind.PHASE_SWITCH: gettext_lazy("The station can't change the number of phases while it charges."),
    FaultKind.DURATION: gettext_lazy("A schedule lasts for a second at least."),
    FaultKind.VALIDITY: gettext_lazy("It ends before it begins."),
    FaultKind.OVER: gettext_lazy("This time is over already."),
    FaultKind.FAR_AWAY: gettext_lazy("A time between the years 2000 and 2100."),
}
STACK_LEVEL_BELOW_0 = gettext_lazy("The lowest stack level is 0.")


def refuse(faults: Iterable[Fault]) -> None:
    """Raise UnableTo with all of them, the first one first."""
    errors = [FieldError(fault.path, _worded(fault)) for fault in faults]
    if errors:
        raise UnableTo(_("This profile can't be set: %(reason)s") % {"reason": errors[0].message}, errors=errors)


def _worded(fault: Fault) -> str:
    if fault.kind is FaultKind.STACK_LEVEL and not fault.bound:
        return str(STACK_LEVEL_BELOW_0)
    return str(WORDS[fault.kind]) % {"bound": fault.bound}
