"""Every factory makes a row its own table and its own model accept."""

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory

from availability.tests import factories as availability
from messaging.tests import factories as messaging
from practice.tests import factories as practice
from reminders.tests import factories as reminders
from scheduling.tests import factories as scheduling
from waitlist.tests import factories as waitlist

MODULES = (availability, messaging, practice, reminders, scheduling, waitlist)
EMPTY_BY_RIGHT = {"password", "result", "attendances", "body"}  # no form ever asks for these
FACTORIES = {
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, DjangoModelFactory) and value is not DjangoModelFactory
}


@pytest.mark.django_db
@pytest.mark.parametrize("factory", sorted(FACTORIES, key=lambda one: one.__name__))
def test_a_factory_makes_valid_rows_twice(factory):
    for row in (factory(), factory()):
        row.full_clean(exclude=EMPTY_BY_RIGHT, validate_unique=False, validate_constraints=False)


def test_every_model_of_these_apps_has_a_factory():
    models = {
        model
        for name in ("availability", "messaging", "practice", "reminders", "scheduling", "waitlist")
        for model in apps.get_app_config(name).get_models()
    }

    assert {factory._meta.model for factory in FACTORIES} >= models


def test_the_care_team_decides_what_a_provider_sees(provider, colleague, regular, stranger, actor):
    clients = type(regular).objects

    assert set(clients.visible_to(actor(provider))) == {regular}
    assert set(clients.visible_to(actor(colleague))) == {stranger}


@pytest.mark.parametrize("who", ["front_desk", "biller", "admin_user"])
def test_desk_billing_and_admins_see_everybody(request, who, regular, stranger, actor):
    seen = type(regular).objects.visible_to(actor(request.getfixturevalue(who)))

    assert set(seen) == {regular, stranger}
