from django.urls import path

from reminders.views import panel, reach

app_name = "reminders"
urlpatterns = [
    path("reach/", reach.reach, name="reach"),
    path("reach/plan/", reach.reach_plan, name="reach-plan"),
    path("reminders/visit/<uuid:public_id>/messages/", panel.visit_messages, name="visit-messages"),
]
