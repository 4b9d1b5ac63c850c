"""The biller's worklist: tabs, filters, what helps, the acts, the file."""

import csv
import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practice.models import AuditEntry, Client
from practice.tests.factories import AuthorizationFactory, ClientFactory
from scheduling.models import Appointment, AppointmentType, Charge
from scheduling.tests.conftest import at
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory, ChargeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PAGE, FILE = "/charges/", "/charges/file/"


def charged(clinic, client=None, **columns) -> Charge:
    visit = AppointmentFactory(type=clinic.type)  # with a provider of its own, so that any number fit
    person = AttendanceFactory(appointment=visit, client=client or clinic.regular, state="attended")
    return ChargeFactory(attendance=person, provider=clinic.provider, **columns)


def text(answer) -> str:
    return answer.content.decode()


def file(browser, **query) -> list[dict[str, str]]:
    answer = browser.get(FILE, query)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def posted(**more) -> dict:
    return {"change_id": str(uuid.uuid4()), **more}


def test_each_tab_shows_its_own_and_says_how_many(signed_in, biller, clinic):
    ready = charged(clinic, cpt_code="11111")
    charged(clinic, cpt_code="22222", missing=["code"])
    charged(clinic, kind="no_show_fee", cpt_code="", against=["first_time"])
    browser = signed_in(biller)

    pages = {
        show: text(browser.get(PAGE, {"show": show}))
        for show in ("ready", "missing", "proposed", "exported", "void", "uncharged")
    }

    assert ("11111" in pages["ready"], "22222" in pages["ready"]) == (True, False)
    assert ("11111" in pages["missing"], "22222" in pages["missing"]) == (False, True)
    assert "It is the first time" in pages["proposed"]
    assert "None yet" in pages["exported"]
    assert "Everything done is charged" in pages["uncharged"]
    assert all(f"{label} 1" in pages["ready"] for label in ("To decide", "Missing data", "Ready"))
    assert text(browser.get(PAGE)).count(str(ready.public_id)) == pages["ready"].count(str(ready.public_id))


def test_filters_stand_in_the_address(signed_in, biller, clinic):
    charged(clinic, cpt_code="11111", served_on=dt.date(2026, 11, 2))
    charged(clinic, cpt_code="22222", served_on=dt.date(2026, 11, 20))
    browser = signed_in(biller)

    early = text(browser.get(PAGE, {"last_on": "2026-11-10"}))
    nobody = text(browser.get(PAGE, {"provider": str(clinic.colleague.public_id)}))
    nonsense = text(browser.get(PAGE, {"first_on": "soon"}))

    assert ("11111" in early, "22222" in early) == (True, False)
    assert "Nothing found" in nobody
    assert "22222" not in nonsense


@pytest.mark.parametrize("show", ["ready", "missing", "proposed", "exported", "void", "uncharged"])
def test_it_costs_the_same_for_one_row_and_for_three(signed_in, biller, clinic, show):
    browser = signed_in(biller)

    def one_more() -> None:
        client = ClientFactory()
        if show == "uncharged":
            row = AppointmentFactory(type=clinic.type, starts_at=at(9, day=20), state="completed")
            AttendanceFactory(appointment=row, client=client, state="attended")
            return
        kinds = {
            "missing": {"missing": ["code", "birth_date"]},
            "proposed": {"kind": "no_show_fee", "against": ["first_time"]},
        }
        row = charged(clinic, client, **kinds.get(show, {}))
        if show == "exported":
            Charge.objects.filter(pk=row.pk).update(exported_at=row.not_before, exported_by_change=row.change)
        if show == "void":
            Charge.objects.filter(pk=row.pk).update(reversed_at=row.not_before, closed_by_change=row.change)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            answer = browser.get(PAGE, {"show": show})
        assert "Nothing" not in text(answer)
        return len(counted)

    one_more()
    queries()
    few = queries()
    one_more()
    one_more()

    assert queries() == few


def test_what_helps_leads_where_it_can_be_mended(signed_in, biller, admin_user, clinic):
    charged(clinic, missing=["code", "authorization", "birth_date"])
    of_client = f"/clients/{clinic.regular.public_id}/"

    billers = text(signed_in(biller).get(PAGE, {"show": "missing"}))
    admins = text(signed_in(admin_user).get(PAGE, {"show": "missing"}))

    assert f'href="{of_client}authorizations/"' in billers
    assert (f"/settings/types/{clinic.type.pk}/" in admins, "an admin can" in billers) == (True, True)
    assert (f'href="{of_client}edit/"' in admins, "the desk can" in billers) == (True, True)


def test_exporting_gives_the_batch_its_file_and_can_be_undone(signed_in, biller, clinic):
    first, second = charged(clinic), charged(clinic, ClientFactory())
    browser = signed_in(biller)

    answer = browser.post("/charges/export/?show=ready", posted(chosen=[str(first.public_id)]), follow=True)
    change = Charge.objects.get(exported_at__isnull=False).exported_by_change
    rows = file(browser, show="exported", batch=str(change.pk))

    assert "1 charge exported." in text(answer)
    assert [row["charge"] for row in rows] == [str(first.public_id)]
    assert AuditEntry.objects.get(act="charges.exported").after == {"rows": 1}
    browser.post(f"/changes/{change.pk}/undo/")
    assert not Charge.objects.filter(exported_at__isnull=False).exists()
    browser.post("/charges/export/?show=ready", posted(all="1"))
    assert Charge.objects.filter(exported_at__isnull=False).count() == 2
    assert second.pk


def test_all_means_all_the_search_found(signed_in, biller, clinic):
    early = charged(clinic, served_on=dt.date(2026, 11, 2))
    charged(clinic, ClientFactory(), served_on=dt.date(2026, 11, 20))

    signed_in(biller).post("/charges/export/?show=ready&last_on=2026-11-10", posted(all="1"))

    assert list(Charge.objects.filter(exported_at__isnull=False)) == [early]


@pytest.mark.parametrize(("data", "status"), [({}, 422), ({"chosen": "nonsense"}, 422)])
def test_a_press_without_a_tick_is_told_so(signed_in, biller, clinic, data, status):
    charged(clinic)

    answer = signed_in(biller).post("/charges/export/?show=ready", posted(**data))

    assert answer.status_code == status
    assert "No charge was ticked" in text(answer)


def test_a_fee_is_decided_and_a_charge_taken_back_from_the_list(signed_in, biller, clinic):
    fee = charged(clinic, kind="no_show_fee", against=["first_time"])
    service = charged(clinic, ClientFactory())
    browser = signed_in(biller)

    browser.post(
        f"/charges/{fee.public_id}/decide/", posted(edition=1, decision="waived", reason="first time")
    )
    refused = browser.post(f"/charges/{service.public_id}/void/", posted(edition=1, reason=""))
    browser.post(f"/charges/{service.public_id}/void/", posted(edition=1, reason="charged twice"))
    void = text(browser.get(PAGE, {"show": "void"}))

    assert refused.status_code == 409
    assert ("first time" in void, "charged twice" in void) == (True, True)


def test_uncharged_visits_are_charged_from_the_list(signed_in, biller, clinic):
    AppointmentType.objects.update(rate=140)
    row = AppointmentFactory(type=clinic.type, provider=clinic.provider, starts_at=at(9, day=20))
    AttendanceFactory(appointment=row, client=clinic.regular, state="attended")
    Appointment.objects.update(state="completed")
    old = AppointmentFactory(type=clinic.type, starts_at=at(9, day=20) - dt.timedelta(days=100))
    AttendanceFactory(appointment=old, client=clinic.other, state="attended")
    Appointment.objects.update(state="completed")
    browser = signed_in(biller)

    page = text(browser.get(PAGE, {"show": "uncharged"}))
    browser.post("/charges/now/?show=uncharged", posted(all="1"))

    assert ("Rita Regular" in page, "Otto Other" in page) == (True, False)
    assert [c.attendance.client for c in Charge.objects.all()] == [clinic.regular]


def test_looking_again_says_that_nothing_was_mended(signed_in, biller, clinic):
    charged(clinic, missing=["code"])
    AppointmentType.objects.update(cpt_code="")

    answer = signed_in(biller).post("/charges/remake/?show=missing", posted(all="1"), follow=True)

    assert "mended" in text(answer)


def test_a_provider_reads_the_own_and_presses_nothing(signed_in, provider, colleague, clinic):
    charged(clinic)

    own, others = (text(signed_in(who).get(PAGE)) for who in (provider, colleague))

    assert ("Rita Regular" in own, "Rita Regular" in others) == (True, False)
    assert "formaction" not in own
    assert "/charges/file/" not in own


def test_the_file_has_what_a_biller_needs(signed_in, biller, clinic):
    permit = AuthorizationFactory(client=clinic.regular, payer="Aetna", number="A-77")
    Client.objects.filter(pk=clinic.regular.pk).update(
        birth_on=dt.date(1990, 5, 4), insurances=["Aetna"], preferred_name="Ritchie"
    )
    charged(
        clinic,
        modifiers=["95"],
        authorization=permit,
        expected_copay_cents=2500,
        supervising_provider=clinic.colleague,
    )

    [row] = file(signed_in(biller))

    expected = {
        "record_number": "R-REGULAR",
        "last_name": "Regular",
        "first_name": "Rita",
        "birth_on": "1990-05-04",
        "insurances": "Aetna",
        "cpt_code": "90834",
        "modifiers": "95",
        "units": "1",
        "place_of_service": "11",
        "amount": "140.00",
        "expected_copay": "25.00",
        "provider": "Dr. Maya Smith",
        "supervising_provider": "Owen Brandt",
        "authorization_number": "A-77",
        "status": "Ready",
    }
    assert {name: row[name] for name in expected} == expected


def test_no_cell_is_run_by_a_spreadsheet_and_a_credit_stays_a_number(signed_in, biller, clinic):
    Client.objects.filter(pk=clinic.regular.pk).update(last_name="=cmd|' /C calc'!A0")
    charge = charged(clinic)
    stamps = {"exported_at": charge.not_before, "exported_by_change": charge.change}
    Charge.objects.update(**stamps, reversed_at=charge.not_before, closed_by_change=charge.change)
    charge.refresh_from_db()
    ChargeFactory(
        attendance=charge.attendance,
        reverses=charge,
        units=-1,
        is_credit=True,
        reason="+1 wrong",
        rate_cents=14000,
    )

    [row] = file(signed_in(biller), show="ready")

    assert row["last_name"] == "'=cmd|' /C calc'!A0"
    assert row["reason"] == "'+1 wrong"
    assert (row["units"], row["amount"], row["reverses"]) == ("-1", "-140.00", str(charge.public_id))


@pytest.mark.parametrize(
    ("category", "mode"), [("group", "per_attendance"), ("couples", "per_meeting"), ("group", "per_meeting")]
)
def test_no_row_has_anything_of_another_member(signed_in, biller, clinic, category, mode):
    AppointmentType.objects.update(category=category)
    people = [
        ClientFactory(
            first_name=f"First{n}",
            last_name=f"Last{n}",
            record_number=f"REC-{n}",
            insurances=[f"Payer{n}"],
            alert_banner=f"Alert{n}",
        )
        for n in (1, 2)
    ]
    visit = AppointmentFactory(
        type=clinic.type,
        provider=clinic.provider,
        title="First1 & First2",
        note="First2 cried",
        billing_mode=mode,
    )
    for n, client in enumerate(people, start=1):
        permit = AuthorizationFactory(client=client, payer=f"Payer{n}", number=f"NUM-{n}")
        person = AttendanceFactory(appointment=visit, client=client, state="attended", authorization=permit)
        if mode == "per_attendance":
            ChargeFactory(attendance=person, authorization=permit)
    if mode == "per_meeting":
        ChargeFactory(attendance=None, appointment=visit)

    rows = file(signed_in(biller))

    for row in rows:
        said = " ".join(row.values())
        named = {
            n
            for n in ("1", "2")
            for word in ("First", "Last", "REC-", "Payer", "NUM-", "Alert")
            if f"{word}{n}" in said
        }
        assert len(named) == (0 if category == "group" and mode == "per_meeting" else 1)
    assert len(rows) == (2 if mode == "per_attendance" else 1)


def test_the_top_bar_has_it_for_billing_and_the_menu_for_others(
    signed_in, biller, provider, front_desk, clinic
):
    bars = {
        who: text(signed_in(user).get("/clients/"))
        for who, user in {"biller": biller, "provider": provider, "desk": front_desk}.items()
    }

    assert {who: page.count('href="/charges/"') for who, page in bars.items()} == {
        "biller": 1,
        "provider": 1,
        "desk": 0,
    }


def test_one_of_a_couple_is_corrected_in_the_panel(signed_in, admin_user, clinic):
    AppointmentType.objects.update(category="couples", rate=140)
    visit = AppointmentFactory(
        type=clinic.type,
        provider=clinic.provider,
        starts_at=at(9, day=23),
        state="completed",
        billing_mode="per_meeting",
    )
    one, _ = (
        AttendanceFactory(appointment=visit, client=c, state="attended")
        for c in (clinic.regular, clinic.other)
    )
    ChargeFactory(attendance=None, appointment=visit, provider=clinic.provider)
    browser = signed_in(admin_user)

    panel = text(browser.get(f"/visits/{visit.public_id}/", headers={"HX-Request": "true"}))
    browser.post(f"/attendances/{one.pk}/was-absent/", posted(edition=1))
    one.refresh_from_db()

    assert (one.state, f"/attendances/{one.pk}/was-here/" in panel) == ("absent", False)
    assert f"/attendances/{one.pk}/was-absent/" in panel
    assert "90834 · $140.00" in panel
    assert Charge.objects.standing().count() == 1  # the other one came


def test_the_panel_says_the_charge_to_those_who_may_know(signed_in, admin_user, front_desk, clinic):
    visit = charged(clinic).attendance.appointment
    address = f"/visits/{visit.public_id}/"

    read, unread = (
        text(signed_in(who).get(address, headers={"HX-Request": "true"})) for who in (admin_user, front_desk)
    )

    assert ("90834 · $140.00" in read, "90834 · $140.00" in unread) == (True, False)
