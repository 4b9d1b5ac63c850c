"""What one may ask the audit trail."""

from django import forms

from practice.models import User

SUBJECTS = ["appointment", "attendance", "client", "user", "appointmenttype", "message", "practice"]


class AuditSearch(forms.Form):
    act = forms.CharField(label="Act", required=False, max_length=60)
    subject = forms.ChoiceField(
        label="On", required=False, choices=[("", "Anything"), *((name, name) for name in SUBJECTS)]
    )
    subject_id = forms.IntegerField(label="Its id", required=False, min_value=1)
    user = forms.ModelChoiceField(
        label="By", queryset=User.objects.order_by("name"), required=False, empty_label="Anybody"
    )
    first_on = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    last_on = forms.DateField(label="Until", required=False, widget=forms.DateInput({"type": "date"}))
