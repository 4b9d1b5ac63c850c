"""Arrows between apps that import-linter cannot see: relations, names in templates and strings, task names."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

from config.celery import app as celery_app
from config.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STOREYS = [
    {"core"},
    {"practice"},
    {"messaging"},
    {"availability"},
    {"scheduling"},
    {"reminders", "groups", "waitlist"},
    {"analytics", "assistant"},
    {"config"},
]
HEIGHT = {label: height for height, storey in enumerate(STOREYS) for label in storey}
OURS = "|".join(HEIGHT)
URL_TAG = re.compile(rf"{{%\s*url\s+['\"]({OURS}):")
TEMPLATE_TAG = re.compile(rf"{{%\s*(?:include|extends)\s+['\"]({OURS})/")
GET_MODEL = re.compile(rf"get_model\(\s*['\"]({OURS})\b")
WHOLE_STRING = re.compile(
    rf"({OURS})(?::[a-z][a-z-]*"  # a URL's name
    r"|\.[A-Z]\w*"  # a model
    r"|/[\w/]+\.html(?:#\w+)?)"  # a template, or a part of one
)
NUDGE = re.compile(r"after_commit\(\s*['\"]([\w.]+)['\"]")


def may_know(lower: str, other: str) -> bool:
    """Itself, or any app on a storey below; peers are strangers."""
    return lower == other or HEIGHT[other] < HEIGHT[lower]


def code_of(app: str) -> list[Path]:
    return [path for path in sorted((ROOT / app).rglob("*.py")) if "tests" not in path.parts]


def names_in(source: str) -> list[re.Match[str]]:
    """Found among whole string constants, so an example in a docstring does not count."""
    strings = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    whole = [WHOLE_STRING.fullmatch(text) for text in strings if isinstance(text, str)]
    return [*filter(None, whole), *GET_MODEL.finditer(source)]


def test_every_app_has_a_storey():
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}

    assert ours == set(HEIGHT)


def test_relations_point_down():
    wrong = [
        str(field)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if model._meta.app_label in HEIGHT and field.concrete and field.is_relation
        if (other := field.related_model._meta.app_label) in HEIGHT
        if not may_know(model._meta.app_label, other)
    ]

    assert wrong == []


@pytest.mark.parametrize("app", sorted(HEIGHT))
def test_templates_name_only_what_lies_below(app):
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((TEMPLATES / app).rglob("*.html"))
        for pattern in (URL_TAG, TEMPLATE_TAG)
        for found in pattern.finditer(path.read_text())
        if not may_know(app, found[1])
    ]

    assert wrong == []


def test_components_name_no_app():
    wrong = [
        f"{path.name}: {found[0]}"
        for path in sorted((TEMPLATES / "components").rglob("*.html"))
        for pattern in (URL_TAG, TEMPLATE_TAG)
        for found in pattern.finditer(path.read_text())
    ]

    assert wrong == []


@pytest.mark.parametrize("app", sorted(HEIGHT))
def test_strings_name_only_what_lies_below(app):
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in code_of(app)
        for found in names_in(path.read_text())
        if not may_know(app, found[1])
    ]

    assert wrong == []


def test_every_nudged_or_scheduled_task_is_registered():
    celery_app.loader.import_default_modules()
    nudged = {name for app in HEIGHT for path in code_of(app) for name in NUDGE.findall(path.read_text())}
    scheduled = {entry["task"] for entry in SCHEDULE.values()}

    assert nudged | scheduled <= set(celery_app.tasks)


def test_a_task_is_named_after_the_app_that_holds_it():
    celery_app.loader.import_default_modules()
    strays = {
        name
        for name, task in celery_app.tasks.items()
        if (home := type(task).__module__.split(".")[0]) in HEIGHT and name.split(".")[0] != home
    }

    assert strays == set()


def test_the_storeys_agree_with_the_import_contract():
    lines = (ROOT / "pyproject.toml").read_text().split('name = "Apps import downwards only"')[1]
    layers = re.findall(r'^    "([\w |]+)",$', lines.split("]")[0].split("layers = [")[1], re.MULTILINE)
    storeys = [set(layer.split(" | ")) for layer in reversed(layers)]

    assert storeys == STOREYS
