from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Composition root: settings, urls, celery, demo, bench and commands. Nothing imports it."""

    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401, PLC0415  makes our Celery app the current one in web processes
