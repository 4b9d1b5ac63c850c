from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Utilization, no-show risk, findings and the scoreboard. Empty until its issue is built; it will read widely and change things only through the operations of the apps below."""

    name = "analytics"
