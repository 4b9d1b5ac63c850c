from importlib import import_module

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        import_module("scheduling.receivers")
