from django.apps import AppConfig


class AssistantConfig(AppConfig):
    """The plain-English scheduling assistant.

    Empty until its issue is built. It will propose and book only through the operations of the apps below.
    """

    name = "assistant"
