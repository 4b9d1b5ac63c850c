from django.db.models import TextChoices


class ExceptionKind(TextChoices):
    EXTRA = "extra", "Extra hours"
    ABSENT = "absent", "Not in"
    INSTEAD = "instead", "Other hours that day"  # the week does not count on that date
