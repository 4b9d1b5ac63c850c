from importlib import import_module

from django.apps import AppConfig

from core import panels


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self) -> None:
        import_module("scheduling.receivers")
        import_module("scheduling.importing.types")
        import_module("scheduling.importing.authorizations")
        import_module("scheduling.importing.appointments")
        panels.fill(
            "practice.client.aside", "scheduling:client-authorizations", order=20, label="Authorizations"
        )
