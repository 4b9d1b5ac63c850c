from django.urls import path

from reminders.views import panel, reach
from reminders.views.schedule import urlpatterns_schedule
from reminders.views.wordings import urlpatterns_wordings

app_name = "reminders"
urlpatterns = [
    path("reach/", reach.reach, name="reach"),
    path("reach/plan/", reach.reach_plan, name="reach-plan"),
    path("reminders/visit/<uuid:public_id>/messages/", panel.visit_messages, name="visit-messages"),
    *urlpatterns_schedule,
    *urlpatterns_wordings,
]
