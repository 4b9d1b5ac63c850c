from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"

    def ready(self) -> None:
        from practice.importing import (  # noqa: PLC0415  they register their kinds; models exist from here on
            addresses,  # noqa: F401
            clients,  # noqa: F401
            contacts,  # noqa: F401
            places,  # noqa: F401
            providers,  # noqa: F401
        )
