from django.apps import AppConfig


class WaitlistConfig(AppConfig):
    """The waiting list: entries, freed times and offers that fill cancellations by themselves."""

    name = "waitlist"

    def ready(self) -> None:
        # Models exist only from here on.
        from core import doors, panels  # noqa: PLC0415
        from messaging import purposes  # noqa: PLC0415
        from scheduling import seats  # noqa: PLC0415
        from waitlist import receivers  # noqa: F401, PLC0415  connects them
        from waitlist.operations.promoting import promote  # noqa: PLC0415
        from waitlist.queries import inviting, saying  # noqa: PLC0415
        from waitlist.queries.seats import asked_until  # noqa: PLC0415
        from waitlist.rules import wordings  # noqa: PLC0415
        from waitlist.states import INVITE, LATE, OFFER, TOLD  # noqa: PLC0415

        purposes.register(
            purposes.Purpose(name=OFFER, decide=saying.decide_offers, promote=promote, topics=saying.topics)
        )
        purposes.register(purposes.Purpose(name=TOLD, decide=saying.decide_told))
        purposes.register(purposes.Purpose(name=LATE, decide=saying.decide_late))
        purposes.register(purposes.Purpose(name=INVITE, decide=inviting.decide))
        wordings.register_all()
        seats.offered_through(asked_until)
        panels.fill("scheduling.visit.waiting", "waitlist:visit-waiting", order=10, label="Waiting clients")
        for place in ("scheduling.booking.refused", "scheduling.openings"):
            doors.open_to(place, "waitlist:entry-new", label="Add to the waiting list", icon="hourglass")
