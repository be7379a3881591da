"""Certificates for stations: a chain that was signed, a root to trust. Pasted, or as a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.certificates.messages import CertificateUse
from apps.certificates.models import USES
from apps.certificates.rules.reading import MOST_CHARS
from apps.certificates.services.trust import uses_to_install
from apps.stations.models import ChargingStation


class PemForm(forms.Form):
    """`cleaned_data["pem"]` is the text, wherever it came from."""

    pem = forms.CharField(
        label="PEM", required=False, max_length=MOST_CHARS, strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
    )  # fmt: skip
    file = forms.FileField(label=_("or a file"), required=False, max_length=255)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Several of them stand on a page, so their fields have no ids; labels enclose them."""
        super().__init__(*args, **{"auto_id": False} | kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file = data.get("file")
        if file:
            if file.size > MOST_CHARS:
                raise forms.ValidationError({"file": _("This file is too large.")})
            data["pem"] = file.read().decode("ascii", errors="replace")
        if not data.get("pem", "").strip() and not self.errors:
            raise forms.ValidationError({"pem": _("Paste the certificate, or choose a file.")})
        return data


class RootForm(PemForm):
    use = forms.ChoiceField(label=_("Use"))
    field_order = ["use", "pem", "file"]

    def __init__(self, *args: Any, station: ChargingStation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uses = uses_to_install(station)
        choices = self.fields["use"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [(use, label) for use, label in USES if use in uses]

    def clean_use(self) -> CertificateUse:
        return CertificateUse(self.cleaned_data["use"])


class RefusalForm(forms.Form):
    note = forms.CharField(label=_("Reason"), required=False, max_length=300)
