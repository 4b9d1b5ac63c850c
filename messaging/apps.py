from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from messaging.operations import answers  # noqa: PLC0415  models are not loaded any earlier

        answers.register_all()
