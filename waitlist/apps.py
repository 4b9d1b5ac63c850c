from django.apps import AppConfig


class WaitlistConfig(AppConfig):
    """The waiting list: entries, freed spans and offers that fill cancellations by themselves.

    Empty until its issue is built; scheduling already offers holds and the news of a released span.
    """

    name = "waitlist"
