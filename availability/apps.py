from django.apps import AppConfig


class AvailabilityConfig(AppConfig):
    name = "availability"

    def ready(self) -> None:
        # They register their kinds; models exist from here on.
        from availability.importing import dated, hours  # noqa: F401, PLC0415
