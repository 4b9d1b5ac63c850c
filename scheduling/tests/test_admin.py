"""Visits and types in the admin: acts are operations, rows are read-only, refusals are said."""

from django.urls import reverse

from practice.models import AuditEntry
from scheduling.tests.factories import AppointmentFactory, AttendanceFactory


def page_of(row) -> str:
    return reverse(f"admin:scheduling_{row._meta.model_name}_change", args=[row.pk])


def test_acts_on_visits_are_operations_and_refusals_are_said(signed_in, admin_user, provider):
    visit = AppointmentFactory(provider=provider)
    AttendanceFactory(appointment=visit)
    browser, url = signed_in(admin_user), reverse("admin:scheduling_appointment_changelist")
    chosen = {"action": "cancel_at_client_request", "_selected_action": [visit.pk]}

    first, second = (browser.post(url, chosen, follow=True).content.decode() for _ in range(2))

    visit.refresh_from_db()
    assert (visit.state, visit.cancel_reason, visit.cancelled_by_id) == (
        "cancelled",
        "client_request",
        admin_user.pk,
    )
    assert ("Done for 1." in first, f"Appointment {visit.pk}: " in second) == (True, True)
    assert AuditEntry.objects.filter(act="visit.cancelled", via="admin").count() == 1


def test_a_visit_is_read_only_and_a_type_raises_its_edition(signed_in, admin_user, provider):
    visit = AppointmentFactory(provider=provider)
    browser = signed_in(admin_user)

    assert browser.get(page_of(visit)).status_code == 200
    assert browser.post(page_of(visit), {"state": "completed"}).status_code == 403

    kind, none = visit.type, {"offers-TOTAL_FORMS": "0", "offers-INITIAL_FORMS": "0"}
    told = {"name": "Short follow-up", "category": "individual", "duration_minutes": 45, "icon": "user-round"}
    more = {
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 5,
        "hue": "teal",
        "modalities": ["in_person", "phone"],
    }
    answer = browser.post(page_of(kind), told | more | none)

    assert answer.status_code == 302
    kind.refresh_from_db()
    assert (kind.name, kind.modalities, kind.edition) == ("Short follow-up", ["in_person", "phone"], 2)
