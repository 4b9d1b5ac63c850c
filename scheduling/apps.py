from importlib import import_module

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        import_module("scheduling.receivers")
        import_module("scheduling.importing.types")
        import_module("scheduling.importing.appointments")
