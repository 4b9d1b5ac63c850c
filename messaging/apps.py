from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        # Models exist only from here on.
        from core import panels  # noqa: PLC0415
        from messaging.importing import agreed, consents, optouts  # noqa: F401, PLC0415  they register themselves
        from messaging.operations import alarms, answers, hello, threads  # noqa: PLC0415

        alarms.register_all()
        answers.register_all()
        hello.register_all()
        threads.register_all()
        panels.fill("practice.client.aside", "messaging:consent", order=10, label="Messages and consent")
