"""How a command goes to many stations."""

from django import forms
from django.utils.translation import gettext_lazy as _

MINUTE_S = 60


class BulkForm(forms.Form):
    """Beside the command's own form, under names that no message has."""

    bulk_wait = forms.TypedChoiceField(
        label=_("Wait for stations that are offline"),
        coerce=int,
        initial=MINUTE_S,
        choices=[
            (MINUTE_S, _("one minute")),
            (60 * MINUTE_S, _("one hour")),
            (24 * 60 * MINUTE_S, _("one day")),
            (7 * 24 * 60 * MINUTE_S, _("one week")),
        ],
    )
    bulk_force = forms.BooleanField(label=_("Ask also those that say they do not support it"), required=False)
    bulk_seal = forms.CharField(required=False, widget=forms.HiddenInput)
