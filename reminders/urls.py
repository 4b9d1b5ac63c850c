from django.urls import path

from reminders.views import failed, figures, panel, reach, thread
from reminders.views.schedule import urlpatterns_schedule
from reminders.views.wordings import urlpatterns_wordings

app_name = "reminders"
urlpatterns = [
    path("inbox/<uuid:public_id>/visits/", thread.thread_acts, name="thread-acts"),
    path(
        "inbox/<uuid:public_id>/visits/<int:attendance_id>/confirm/",
        thread.thread_confirm,
        name="thread-confirm",
    ),
    path("messages/", figures.messages, name="messages"),
    path("messages/figures.csv", figures.messages_export, name="messages-export"),
    path("messages/reach/", reach.reach, name="reach"),
    path("messages/reach/plan/", reach.reach_plan, name="reach-plan"),
    path("messages/failed/", failed.failed, name="failed"),
    path("messages/failed/<int:task_id>/retry/", failed.failed_retry, name="failed-retry"),
    path("messages/failed/<int:task_id>/phoned/", failed.failed_phoned, name="failed-phoned"),
    path("reminders/visit/<uuid:public_id>/messages/", panel.visit_messages, name="visit-messages"),
    path("reminders/person/<int:pk>/resend/", panel.resend_message, name="message-resend"),
    *urlpatterns_schedule,
    *urlpatterns_wordings,
]
