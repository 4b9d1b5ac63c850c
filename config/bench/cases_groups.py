"""Group therapy: the page of a group, a tap on its sheet, a year of sessions, the history, and charges in bulk."""

import itertools
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import reverse

from config.bench import measure, practice
from config.bench.bench import Bench, Figures, Run
from config.bench.client import PART, WARM_UP, Client, timed
from config.bench.databases import copied
from config.bench.groups_scene import CROWD, MEMBERS, Scene, make_scene
from config.bench.processes import Children
from config.bench.server import web
from core import clock
from groups.operations import plan_sessions
from groups.queries.sessions import plan_for
from practice.queries import the_practice
from scheduling.operations import Chosen, complete_many
from scheduling.queries.series import plan_series

ROUNDS = 6
SESSIONS = 52


def group_page(run: Run) -> Figures:
    """Groups in turn; then one whose every figure is ten times as large, which takes as many queries."""
    with _desk(run) as (desk, scene):
        figures = timed(desk, [_page(pk) for pk in scene.pages], n=run.options.n)
        crowded = timed(desk, [_page(scene.crowded)], n=20)
        return figures | {
            "crowd": CROWD,
            "queries": max(figures["queries"], crowded["queries"]),
            "crowded_p95_ms": crowded["p95_ms"],
        }


def tap(run: Run) -> Figures:
    """One member marked, another each time, each with an id of its own; the answer is the row."""
    with _desk(run) as (desk, scene):
        token = {"csrfmiddlewaretoken": desk.cookies["csrftoken"].value}
        url = reverse("groups:sheet-mark", args=[scene.today])
        marks = itertools.cycle(("here", "late", "absent", "excused"))
        people = itertools.cycle(scene.seats)
        answers = []
        for _ in range(WARM_UP + run.options.n):
            form = {"change_id": str(uuid.uuid4()), "attendance": str(next(people)), "mark": next(marks)}
            answers.append(desk.post(url, form | token, headers=PART))
        asked = answers[WARM_UP:]
        return measure.times([answer.milliseconds for answer in asked]) | {
            "queries": max(answer.queries or 0 for answer in asked),
            "bytes": int(measure.percentile([len(answer.body) for answer in asked], 0.5)),
            "errors": sum(answer.status != 200 for answer in asked),
        }


def matrix_60x20(run: Run) -> Figures:
    """The history of a group with sixty sessions behind it and twenty members."""
    with _desk(run) as (desk, scene):
        return timed(desk, [reverse("groups:group-history", args=[scene.crowded])], n=run.options.n)


def generate_52x12(run: Run) -> Figures:
    """A year of sessions with twelve members each: appointments, attendances, reminders, history, one transaction."""
    with copied(run.site):
        scene, took = make_scene(with_sessions=False), []
        run.rows.update(practice.counted())
        for group in scene.empty[:ROUNDS]:
            zone = the_practice().tz
            today = clock.now().astimezone(zone).date()
            plan = plan_for(group, SESSIONS, zone=zone, today=today)
            looked = plan_series(plan.template, plan.lines, zone=zone, now=clock.now())
            rows = [Chosen(wish=row.wish, override_reason="Measured all the same") for row in looked]
            began = time.perf_counter()
            plan_sessions(group.pk, plan.rhythm, rows, count=SESSIONS, by=practice.desk())
            took.append((time.perf_counter() - began) * 1000)
        return measure.times(took) | {"sessions": SESSIONS, "members": MEMBERS}


def charge_200(run: Run) -> Figures:
    """Two hundred sessions of twelve completed as one act, with a charge for everybody who came."""
    with copied(run.site):
        scene = make_scene()
        run.rows.update(practice.counted())
        began = time.perf_counter()
        done = complete_many(scene.to_complete, by=practice.desk())
        took = time.perf_counter() - began
        return {
            "n": 1,
            "took_s": round(took, 2),
            "completed": len(done.done),
            "errors": len(scene.to_complete) - len(done.done),
        }


def _page(public_id: uuid.UUID) -> str:
    return reverse("groups:group", args=[public_id])


@contextmanager
def _desk(run: Run) -> Iterator[tuple[Client, Scene]]:
    with (
        copied(run.site) as database,
        Children(run.folder) as children,
    ):
        scene = make_scene()
        run.rows.update(practice.counted())
        with web(children, database) as port, Client(port) as desk:
            desk.sign_in(*practice.sign_in_words())
            yield desk, scene


BENCH = Bench(
    about="300 groups with 3,000 members: the page, a tap, a year of sessions, the history, charges in bulk",
    cases={
        "group_page": group_page,
        "tap": tap,
        "generate_52x12": generate_52x12,
        "matrix_60x20": matrix_60x20,
        "charge_200": charge_200,
    },
)
