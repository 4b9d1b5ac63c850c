"""The form of one set of words."""

from django import forms

from messaging.rules.wording import Words


class WordsForm(forms.Form):
    """`change_id` makes a second press the same act; `edition` tells an old copy from a fresh one."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)
    subject_line = forms.CharField(label="Subject", max_length=120)
    body = forms.CharField(label="Words", max_length=1600, widget=forms.Textarea(attrs={"rows": 6}))
    accept = forms.BooleanField(label="I have read this. Use these words all the same.", required=False)

    def __init__(self, *args, has_subject: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not has_subject:
            del self.fields["subject_line"]

    @property
    def typed(self) -> Words:
        """As typed so far, whether or not it may be kept."""
        said = self.data if self.is_bound else self.initial
        text = str(said.get("body") or "").replace("\r\n", "\n").strip()
        return Words(
            text, str(said.get("subject_line") or "").strip() if "subject_line" in self.fields else ""
        )
