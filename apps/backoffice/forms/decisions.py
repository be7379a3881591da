"""What people say when they decide about a charge."""

from django import forms

from apps.charging.models import Transaction
from apps.core.units import WH_PER_KWH


class ReleaseForm(forms.Form):
    energy_kwh = forms.DecimalField(required=False, min_value=0, max_digits=9, decimal_places=3)

    @property
    def energy_wh(self) -> int | None:
        energy_kwh = self.cleaned_data["energy_kwh"]
        return None if energy_kwh is None else int(energy_kwh * WH_PER_KWH)


class DecisionForm(ReleaseForm):
    """Whatever is decided: the energy goes with a release, the charge with a match."""

    charge = forms.ModelChoiceField(queryset=Transaction.objects.all(), required=False)
