"""Who is kept apart is known to whoever books; why, to clinical staff only."""

import uuid

import pytest
from django.urls import reverse

from core.refusals import NotAllowed, Refusal
from practice.models import AuditEntry, KeepApart
from practice.operations.apart import end_apart, keep_apart
from practice.tests.factories import KeepApartFactory

pytestmark = pytest.mark.django_db
WHY = "A restraining order"


def page(client) -> str:
    return reverse("practice:client-apart", args=[client.public_id])


def test_a_pair_stands_once_whoever_is_named_first(regular, stranger, actor, provider):
    by = actor(provider)
    first = keep_apart(regular.pk, other_client_id=stranger.pk, reason=WHY, by=by)
    again = keep_apart(stranger.pk, other_client_id=regular.pk, by=by)

    assert first == again
    assert KeepApart.objects.get().reason == WHY


def test_the_reason_is_in_no_audit_line(regular, colleague, actor, provider):
    keep_apart(regular.pk, provider_id=colleague.pk, reason=WHY, by=actor(provider))

    line = AuditEntry.objects.get(act="apart.kept")
    assert WHY not in str(line.after)
    assert line.after["provider_id"] == colleague.pk


def test_the_desk_keeps_apart_but_neither_writes_why_nor_ends_it(regular, colleague, actor, front_desk):
    by = actor(front_desk)
    pair = keep_apart(regular.pk, provider_id=colleague.pk, by=by)

    with pytest.raises(NotAllowed):
        keep_apart(regular.pk, provider_id=colleague.pk, reason=WHY, by=by)
    with pytest.raises(NotAllowed):
        end_apart(pair.pk, by=by)


@pytest.mark.parametrize("wrong", ["nobody", "both", "self"])
def test_it_takes_exactly_one_other(regular, stranger, colleague, actor, front_desk, wrong):
    named = {
        "nobody": {},
        "both": {"other_client_id": stranger.pk, "provider_id": colleague.pk},
        "self": {"other_client_id": regular.pk},
    }[wrong]

    with pytest.raises(Refusal):
        keep_apart(regular.pk, by=actor(front_desk), **named)

    assert KeepApart.objects.count() == 0


def test_clinical_staff_end_it_once(regular, colleague, actor, provider):
    pair = keep_apart(regular.pk, provider_id=colleague.pk, by=actor(provider))
    end_apart(pair.pk, by=actor(provider))

    assert KeepApart.objects.count() == 0
    with pytest.raises(Refusal):
        end_apart(pair.pk, by=actor(provider))


@pytest.mark.parametrize("path", ["card", "page"])
def test_only_clinical_staff_read_why(regular, stranger, signed_in, front_desk, provider, biller, path):
    KeepApartFactory(client=regular, other_client=stranger, provider=None, reason=WHY)
    address = page(regular) if path == "page" else reverse("practice:client-card", args=[regular.public_id])

    desk, own = (signed_in(who).get(address).content.decode() for who in (front_desk, provider))

    assert (WHY in desk, WHY in own) == (False, True)
    assert stranger.name in desk
    assert stranger.name not in own  # not on their care team
    assert "A client you do not see" in own
    billing = signed_in(biller).get(address).content.decode()
    assert stranger.name not in billing
    assert WHY not in billing


def test_the_page_adds_and_ends_a_pair(regular, stranger, signed_in, admin_user):
    browser = signed_in(admin_user)
    posted = {"change_id": str(uuid.uuid4()), "client": str(stranger.public_id), "reason": WHY}
    assert browser.post(page(regular), posted).status_code == 302
    pair = KeepApart.objects.get()
    assert {pair.client, pair.other_client} == {regular, stranger}

    end = reverse("practice:client-apart-end", args=[regular.public_id, pair.pk])
    assert browser.post(end).status_code == 302
    assert KeepApart.objects.count() == 0


def test_without_javascript_the_words_find_the_one(regular, stranger, signed_in, front_desk):
    browser = signed_in(front_desk)

    unclear = browser.post(page(regular), {"change_id": str(uuid.uuid4()), "client": "", "q": "r"})
    browser.post(page(regular), {"change_id": str(uuid.uuid4()), "client": "", "q": "stranger"})

    assert unclear.status_code == 422
    assert KeepApart.objects.count() == 1
