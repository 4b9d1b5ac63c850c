import uuid

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.urls import path

from core import panels

NAMES = ("sooner", "later", "elsewhere", "again")
urlpatterns = [path(f"{name}/<uuid:pk>/", lambda request, pk: HttpResponse(), name=name) for name in NAMES]


@pytest.fixture(autouse=True)
def empty_places(monkeypatch):
    monkeypatch.setattr(panels, "_fillings", {})


def drawn(place):
    subject = uuid.UUID(int=7)
    return Template("{% load panels %}{% panels place subject %}").render(
        Context({"place": place, "subject": subject})
    )


def test_a_place_is_drawn_in_order_with_a_link_until_it_arrives(settings):
    settings.ROOT_URLCONF = __name__
    panels.fill("page.aside", "later", order=20, label="Later")
    panels.fill("page.aside", "sooner", order=10, label="Sooner")
    panels.fill("page.other", "elsewhere")

    html = drawn("page.aside")

    assert html.index('id="panel-sooner"') < html.index('id="panel-later"')
    assert f'hx-get="/sooner/{uuid.UUID(int=7)}/"' in html
    assert f'<a href="/later/{uuid.UUID(int=7)}/">Later</a>' in html
    assert "elsewhere" not in html


def test_an_empty_place_draws_nothing():
    assert drawn("page.aside") == ""


def test_filling_the_same_place_twice_is_one_panel():
    panels.fill("page.aside", "sooner", order=1)
    panels.fill("page.aside", "sooner", order=2)

    assert [f.order for f in panels.fillings("page.aside")] == [2]


def test_the_check_names_a_panel_without_an_address(settings):
    settings.ROOT_URLCONF = __name__
    panels.fill("page.aside", "sooner")
    panels.fill("page.aside", "nowhere:panel")

    messages = panels.every_panel_has_an_address(None)

    assert [m.msg for m in messages] == ["'nowhere:panel' fills 'page.aside' but takes no public id."]


def test_the_check_counts_panels_per_place(settings):
    settings.ROOT_URLCONF = __name__
    for name in NAMES:
        panels.fill("page.aside", name)

    assert [m.id for m in panels.every_panel_has_an_address(None)] == ["core.E002"]
