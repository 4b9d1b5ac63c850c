from django.db.models import TextChoices


class ExceptionKind(TextChoices):
    EXTRA = "extra", "Extra hours"
    ABSENT = "absent", "Not in"
