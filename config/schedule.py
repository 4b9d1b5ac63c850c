"""What beat nudges, and why this often. A nudge that finds nothing costs one indexed query."""

from django.conf import settings

SCHEDULE = {
    # Messages leave within seconds of falling due; a tick that could not run in time is dropped.
    "dispatch": {
        "task": "messaging.dispatch",
        "schedule": float(settings.MESSAGE_TICK_SECONDS),
        "options": {"expires": settings.MESSAGE_TICK_SECONDS},
    },
    # Leases that lapsed, verifications and unprocessed carrier events: half a minute is soon enough.
    "reap": {
        "task": "messaging.reap",
        "schedule": float(settings.MESSAGE_REAP_SECONDS),
        "options": {"expires": settings.MESSAGE_REAP_SECONDS},
    },
    # Urgent tasks nobody has taken up are told of again; finding none costs one look into a small index.
    "ring-alarms": {"task": "messaging.ring", "schedule": 30.0, "options": {"expires": 30}},
    # The stand-in's callbacks and clients' texts, as soon as a real carrier would bring them; idle unless rehearsing.
    "rehearse": {
        "task": "messaging.rehearsal_callbacks",
        "schedule": 1.0,
        "options": {"expires": 1},
    },
    # Holds past their deadline never block a booking; sweeping only tidies the calendar.
    "sweep-holds": {
        "task": "scheduling.release_expired_holds",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    # Clients asked about a visit whose provider is away answer by a set hour; half a minute later is soon enough.
    "settle-replans": {"task": "scheduling.settle_replans", "schedule": 30.0, "options": {"expires": 30}},
    # A changed schedule is nudged for at once; this finds a round whose nudge was lost or whose worker died.
    "replan": {"task": "reminders.replan", "schedule": 30.0, "options": {"expires": 30}},
    # At midnight where the client lives a guardian's rights end by themselves; this raises the task that says so.
    "birthdays": {"task": "reminders.birthdays", "schedule": 300.0, "options": {"expires": 300}},
    # Whom to ask the insurer about: a session used or a day gone by changes it, so a few minutes are soon enough.
    "watch-authorizations": {
        "task": "scheduling.watch_authorizations",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    # Offers are made by the dispatcher; here only days pass: priorities rise, and who waited long enough is let go.
    "age-waitlist": {"task": "waitlist.age", "schedule": 300.0, "options": {"expires": 300}},
    # Imports are nudged when asked for; this finds those whose nudge was lost or whose worker died.
    "run-imports": {"task": "practice.run_imports", "schedule": 30.0, "options": {"expires": 30}},
    # Outside calendars each have their turn every quarter of an hour; a minute late is soon enough.
    "read-calendars": {
        "task": "availability.fetch_outside_calendars",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # Former free text is only for Undo: a minute after the window has closed it is gone. So are files a day old.
    "forget-texts": {"task": "practice.forget_texts", "schedule": 60.0, "options": {"expires": 60}},
}
