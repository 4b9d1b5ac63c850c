from functools import partial

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        # Models exist only from here on.
        from core import panels  # noqa: PLC0415
        from messaging import purposes  # noqa: PLC0415
        from messaging.states import TaskKind  # noqa: PLC0415
        from reminders import importing, receivers  # noqa: F401, PLC0415  connects them, adds its columns
        from reminders.operations import falling_back  # noqa: PLC0415
        from reminders.operations.promoting import promote  # noqa: PLC0415
        from reminders.queries import about, rebooking, saying  # noqa: PLC0415
        from reminders.rules import wordings  # noqa: PLC0415
        from reminders.states import ANSWER, NOTICE, REMINDER  # noqa: PLC0415

        decides = {
            REMINDER: saying.decide_reminders,
            NOTICE: saying.decide_notices,
            ANSWER: saying.decide_answers,
        }
        elsewhere = {REMINDER: falling_back.reminders_elsewhere, NOTICE: falling_back.notices_elsewhere}
        for name, decide in decides.items():
            purposes.register(
                purposes.Purpose(
                    name=name,
                    decide=decide,
                    promote=promote if name == REMINDER else None,
                    topics=partial(about.open_topics, name),
                    ahead=about.coming if name == REMINDER else None,
                    fall_back=elsewhere.get(name),
                )
            )
        wordings.register_all()
        purposes.register_task_acts(TaskKind.OUTREACH, rebooking.rebook)
        panels.fill("messaging.thread.acts", "reminders:thread-acts", order=10, label="Visits to come")
        panels.fill("scheduling.visit.messages", "reminders:visit-messages", order=10, label="Messages")
