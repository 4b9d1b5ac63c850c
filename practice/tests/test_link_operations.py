import datetime as dt

import pytest

from core import clock
from core.links import LinkRefused, hash_of, new_token
from practice.models import Link
from practice.operations import links
from practice.states import LinkPurpose
from practice.tests.factories import ClientContactFactory, ClientFactory, given_link

NOW = dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def frozen(practice):
    with clock.frozen(NOW):
        yield


def opens(token: str, *purposes: str, now: dt.datetime = NOW) -> bool:
    try:
        links.opened(token, *(purposes or (LinkPurpose.VISIT,)), now=now)
    except LinkRefused:
        return False
    return True


def test_a_link_opens_what_it_was_made_for_and_the_token_is_kept_nowhere():
    person = ClientFactory()
    token = given_link(person, subject=7)

    link = links.opened(token, LinkPurpose.VISIT, now=NOW)

    assert (link.client, link.subject, link.contact) == (person, 7, None)
    assert list(Link.objects.values_list("token_hash", flat=True)) == [hash_of(token)]


def test_it_opens_nothing_else():
    token = given_link(ClientFactory())

    assert not opens(token, LinkPurpose.UNSUBSCRIBE)
    assert not opens(token, LinkPurpose.MINE)


def test_a_token_that_is_signed_but_was_never_given_opens_nothing():
    assert not opens(new_token(LinkPurpose.VISIT))


def test_a_made_up_token_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not opens("A" * 34)


@pytest.mark.parametrize(("days", "works"), [(29, True), (30, False)])
def test_it_ends_on_its_day(days, works):
    token = given_link(ClientFactory(), days=30)

    assert opens(token, now=NOW + dt.timedelta(days=days)) is works


def test_revoking_reaches_a_client_and_their_contacts_or_one_contact_only():
    person, stranger = ClientFactory(), ClientFactory()
    mother = ClientContactFactory(client=person, may_receive=True)
    father = ClientContactFactory(client=person, may_receive=True)
    own, hers, his = (given_link(person, contact=one) for one in (None, mother, father))
    other = given_link(stranger)

    assert links.revoke(person.pk, contact_id=mother.pk, now=NOW) == 1
    assert [opens(token) for token in (own, hers, his, other)] == [True, False, True, True]

    assert links.revoke(person.pk, now=NOW) == 2
    assert [opens(token) for token in (own, hers, his, other)] == [False, False, False, True]


@pytest.mark.parametrize(
    "ends",
    [
        {"may_receive": False},
        {"never_contact": True},
        {"valid_until_on": dt.date(2026, 11, 23)},
        {"valid_from_on": dt.date(2026, 11, 25)},
    ],
    ids=lambda ends: next(iter(ends)),
)
def test_a_contacts_link_ends_the_day_their_right_does(ends):
    mother = ClientContactFactory(may_receive=True)
    token = given_link(mother.client, contact=mother)
    assert opens(token)

    type(mother).objects.filter(pk=mother.pk).update(**ends)

    assert not opens(token)


def test_what_ended_long_ago_is_forgotten():
    given_link(ClientFactory(), days=1)
    given_link(ClientFactory(), days=90)

    assert links.sweep(NOW + dt.timedelta(days=32)) == 1
    assert Link.objects.count() == 1


def test_whoever_holds_it_acts_as_the_one_it_was_given_to():
    mother = ClientContactFactory(may_receive=True)
    own = links.opened(given_link(mother.client), LinkPurpose.VISIT, now=NOW)
    hers = links.opened(given_link(mother.client, contact=mother), LinkPurpose.VISIT, now=NOW)

    assert [str(links.holder(link)) for link in (own, hers)] == [
        f"client:{mother.client_id}",
        f"contact:{mother.pk}",
    ]
