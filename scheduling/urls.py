from django.urls import path

from scheduling.views import (
    authorizations,
    calendar,
    holding,
    openings,
    overridden,
    own_visit,
    visits,
)
from scheduling.views.acts import urlpatterns_acts
from scheduling.views.charges import urlpatterns_charges
from scheduling.views.closures import urlpatterns_closures
from scheduling.views.completing import urlpatterns_completing
from scheduling.views.dates import urlpatterns_dates
from scheduling.views.hours import urlpatterns_hours
from scheduling.views.outside import urlpatterns_outside
from scheduling.views.time_off import urlpatterns_time_off
from scheduling.views.time_off_plan import urlpatterns_plan
from scheduling.views.types import urlpatterns_types

app_name = "scheduling"
urlpatterns = [
    path("", calendar.home, name="home"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/poll/", calendar.calendar_poll, name="calendar-poll"),
    path("openings/", openings.openings, name="openings"),
    path("openings/why/", openings.opening_why, name="opening-why"),
    path("openings/client/", openings.opening_client, name="opening-client"),
    path("openings/hold/", holding.opening_hold, name="opening-hold"),
    path("openings/release/", holding.opening_release, name="opening-release"),
    *urlpatterns_completing,
    *urlpatterns_acts,  # before the visit: /visits/new/ is not a visit
    path(
        "clients/<uuid:public_id>/authorizations/",
        authorizations.client_authorizations,
        name="client-authorizations",
    ),
    path(
        "clients/<uuid:public_id>/authorizations/<int:pk>/",
        authorizations.authorization_edit,
        name="authorization-edit",
    ),
    path("visits/<uuid:public_id>/", visits.visit, name="visit"),
    path("settings/overrides/", overridden.override_list, name="override-list"),
    path("settings/overrides/export/", overridden.override_export, name="override-export"),
    *urlpatterns_types,
    *urlpatterns_charges,
    path("v/<str:token>/", own_visit.visit, name="own-visit"),
    path("v/<str:token>/visit.ics", own_visit.visit_file, name="own-file"),
    path("v/<str:token>/confirm/", own_visit.confirm_visit, name="own-confirm"),
    path("v/<str:token>/cancel/", own_visit.cancel_visit, name="own-cancel"),
    path("v/<str:token>/move/", own_visit.move_visit, name="own-move"),
    path("v/<str:token>/choose/", own_visit.choose_way, name="own-choose"),
    path("v/<str:token>/also/<int:attendance_id>/", own_visit.also_asked, name="own-also"),
    *urlpatterns_hours,
    *urlpatterns_dates,
    *urlpatterns_outside,
    *urlpatterns_closures,
    *urlpatterns_time_off,
    *urlpatterns_plan,
]
