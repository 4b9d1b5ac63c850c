"""What insurers allow in the demo, and two who must not meet."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle

from config.demo.outcomes import Scene, Visit
from practice.models import Authorization, KeepApart
from scheduling.models import Appointment, Attendance
from scheduling.states import PENDING, AttendanceState

TYPE = "Evaluation"
SPARE = (6, 1, 4, 9)  # sessions beyond those used and booked; one of them is nearly over
NOBODY_ASKED = 9  # every ninth has none yet
ASKED = "The insurer is asked, an answer is due before the visit"


def authorize(visits: Sequence[Visit], scene: Scene) -> None:
    """Evaluations need an authorization; most people have one, and what they came to is counted on it."""
    places, now = scene.places, scene.now
    kind = places.types[TYPE]
    kind.requires_authorization = True
    kind.save(update_fields=["requires_authorization"])
    by_client: dict[int, list[Attendance]] = defaultdict(list)
    for visit in visits:
        if visit.row.type_id == kind.pk:
            for person in visit.people:
                by_client[person.client_id].append(person)
    drawn, without = [], set()
    for number, (client_id, spare) in enumerate(zip(sorted(by_client), cycle(SPARE), strict=False), 1):
        if number % NOBODY_ASKED:
            drawn += _allow(client_id, by_client[client_id], spare, now.date())
        else:
            without.add(client_id)
    Attendance.objects.bulk_update(drawn, ["authorization", "authorization_used"], batch_size=500)
    evaluations = (visit for visit in visits if visit.row.type_id == kind.pk)
    missing = (v.row for v in evaluations if any(p.client_id in without for p in v.people))
    _go_without(list(missing), scene)


def _allow(client_id: int, people: list[Attendance], spare: int, today: dt.date) -> list[Attendance]:
    drawing = [p for p in people if p.state in (AttendanceState.ATTENDED, *PENDING)]
    row = Authorization.objects.create(
        client_id=client_id,
        payer="Aetna",
        number=f"AU-{client_id:05}",
        sessions=len(drawing) + spare,
        starts_on=today - dt.timedelta(days=300),
        ends_on=today + dt.timedelta(days=90),
    )
    for person in drawing:
        person.authorization = row
        person.authorization_used = person.state == AttendanceState.ATTENDED
    return drawing


def _go_without(rows: Sequence[Appointment], scene: Scene) -> None:
    for row in rows:
        at = min(row.starts_at, scene.now) - dt.timedelta(days=2)
        line = {"code": "authorization_missing", "reason": ASKED, "by": f"user:{scene.desk_id}"}
        row.overrides = [*row.overrides, line | {"at": at.isoformat()}]
    Appointment.objects.bulk_update(rows, ["overrides"], batch_size=500)


def keep_apart(visits: Sequence[Visit]) -> None:
    """Two clients of different providers who were once a couple."""
    single = [visit for visit in visits if len(visit.people) == 1]
    one = single[0]
    other = next(visit for visit in single if visit.row.provider_id != one.row.provider_id)
    pair = sorted((one.people[0].client_id, other.people[0].client_id))
    if pair[0] != pair[1]:
        KeepApart.objects.create(
            client_id=pair[0], other_client_id=pair[1], reason="A protective order is in force."
        )
