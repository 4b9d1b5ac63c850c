from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Utilization, no-show risk, findings and the scoreboard.

    Empty until its issue is built. It will read widely and change things only through the operations below it.
    """

    name = "analytics"
