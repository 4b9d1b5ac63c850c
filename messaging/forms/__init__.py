from messaging.forms.consent import ConsentForm

__all__ = ["ConsentForm"]
