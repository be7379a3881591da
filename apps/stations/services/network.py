"""How a 2.x station reaches us: the slots of its network profiles (2.1 B09, B10)."""

from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import FieldError, UnableTo
from apps.stations.models import ChargingStation, Variable

COMPONENT, ACTIVE, PRIORITY = "OCPPCommCtrlr", "ActiveNetworkProfile", "NetworkConfigurationPriority"


def refuse_slot_in_use(station: ChargingStation, payload: dict[str, Any]) -> None:
    """Raise UnableTo where a SetNetworkProfile would overwrite the only way that is known to work (Q88)."""
    slot = payload.get("configurationSlot")
    if slot is not None and str(slot) == slot_in_use(station):
        problem = _("The station is connected through slot %(slot)s. Write to another one and give that priority.")
        text = problem % {"slot": slot}
        raise UnableTo(text, errors=[FieldError("$.configurationSlot", text)])


def slot_in_use(station: ChargingStation) -> str:
    """The slot that it says it uses, else the one it tries first; empty while it has told neither."""
    told = Variable.objects.filter(
        station=station, component__iexact=COMPONENT, attribute="Actual", value__isnull=False
    )
    values = {row.name.casefold(): row.value or "" for row in told}
    active, priority = values.get(ACTIVE.casefold(), ""), values.get(PRIORITY.casefold(), "")
    return active.strip() or priority.split(",")[0].strip()
