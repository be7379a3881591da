"""Forms of those who come in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.entrance import is_locked_out, note_failure


class LoginForm(AuthenticationForm):
    """E-mail address and password."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("This e-mail address and password don't fit together."),
        "locked_out": _("Too many wrong passwords. Try again in a quarter of an hour."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        email, address = self.data.get("username", ""), self.request.META.get("REMOTE_ADDR", "")
        if is_locked_out(email, address):
            raise forms.ValidationError(self.error_messages["locked_out"], code="locked_out")
        try:
            return super().clean()
        except forms.ValidationError:
            note_failure(email, address)
            raise


class OwnPasswordForm(PasswordChangeForm):
    """The old password and the new one twice; saving is the service's."""
