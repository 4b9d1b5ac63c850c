from messaging.forms.consent import ConsentForm
from messaging.forms.templates import WordsForm

__all__ = ["ConsentForm", "WordsForm"]
