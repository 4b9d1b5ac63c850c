from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"

    def ready(self) -> None:
        from practice.importing import places  # noqa: F401, PLC0415  registers its kinds; models exist from here on
