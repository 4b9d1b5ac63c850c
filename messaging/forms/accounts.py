"""The accounts we send with. A secret is never drawn: its field is empty, and left empty it stays as it is."""

from django import forms
from phonenumber_field.formfields import PhoneNumberField

from messaging.states import MailBy
from practice.states import Channel


def _secret(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})  # render_value stays off
    return forms.CharField(
        label=label, max_length=200, required=False, strip=True, widget=widget, help_text=help_text
    )


class AccountForm(forms.Form):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def said(self) -> dict:
        return {
            name: value for name, value in self.cleaned_data.items() if name not in ("change_id", "edition")
        }


class TwilioForm(AccountForm):
    account_sid = forms.RegexField(
        r"^AC[0-9a-fA-F]{32}$", label="Account SID", required=False,
        error_messages={"invalid": "It begins with AC and has 34 letters and digits."},
        help_text="Empty: the account of the environment is used, and what stands here is forgotten.",
    )  # fmt: skip
    auth_token = _secret("Auth token")
    auth_token_old = _secret(
        "Former token", "While you replace it: still believed on what Twilio reports to us."
    )
    service_sid = forms.RegexField(
        r"^MG[0-9a-fA-F]{32}$", label="Messaging service SID", required=False,
        error_messages={"invalid": "It begins with MG and has 34 letters and digits."},
    )  # fmt: skip
    text_from = PhoneNumberField(label="Number for texts", region="US", required=False)
    voice_from = PhoneNumberField(
        label="Number for calls", region="US", required=False, help_text="Empty: the one for texts."
    )

    @property
    def said(self) -> dict:
        numbers = {name: str(self.cleaned_data[name] or "") for name in ("text_from", "voice_from")}
        return super().said | numbers


class MailForm(AccountForm):
    mail_by = forms.ChoiceField(
        label="Mail leaves by",
        choices=[("", "What the environment says"), *MailBy.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    mail_from = forms.EmailField(label="Address mail comes from", required=False)
    ses_region = forms.RegexField(
        r"^[a-z]{2}(-[a-z]+)+-\d$", label="Region", required=False,
        error_messages={"invalid": "Such as us-east-1."},
    )  # fmt: skip
    ses_configuration_set = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,64}$", label="Configuration set", required=False,
        error_messages={"invalid": "Letters, digits, - and _ only."},
        help_text="By it SES tells of bounces and complaints.",
    )  # fmt: skip
    ses_key_id = forms.CharField(
        label="Access key", max_length=128, required=False, help_text="Empty: the server's own role."
    )
    ses_secret = _secret("Secret")
    smtp_host = forms.CharField(label="Server", max_length=253, required=False)
    smtp_port = forms.IntegerField(label="Port", min_value=1, max_value=65535, required=False)
    smtp_user = forms.CharField(label="User", max_length=254, required=False)
    smtp_password = _secret("Password")
    smtp_tls = forms.BooleanField(label="STARTTLS", required=False)


class TryForm(forms.Form):
    """A number, or an address with an @, as the channel wants it."""

    channel = forms.ChoiceField(
        choices=[(c.value, c.label) for c in (Channel.SMS, Channel.VOICE, Channel.EMAIL)]
    )
    number = PhoneNumberField(label="Number", region="US", required=False)
    email = forms.EmailField(label="Address", required=False)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        field = "email" if cleaned.get("channel") == Channel.EMAIL else "number"
        if not cleaned.get(field) and field not in self.errors:
            self.add_error(field, "Where to?")
        return cleaned

    @property
    def address(self) -> str:
        is_mail = self.cleaned_data["channel"] == Channel.EMAIL
        return str(self.cleaned_data["email" if is_mail else "number"])
