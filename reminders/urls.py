from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("reminders/visit/<uuid:public_id>/messages/", views.visit_messages, name="visit-messages"),
]
