from django.conf import settings
from django.urls import path

from messaging.rehearsal import api, views

ACCOUNT = "twilio/2010-04-01/Accounts/<str:account_sid>"
PATHS = [
    path("", views.phones, name="phones"),
    path("live/", views.live, name="live"),
    path("find/", views.find, name="client-find"),
    path("say/", views.say, name="text-say"),
    path("faults/", views.set_faults, name="faults-set"),
    path(f"{ACCOUNT}/Messages.json", api.messages, name="messages"),
    path(f"{ACCOUNT}/Messages/<str:sid>.json", api.message, name="message"),
]

app_name = "rehearsal"
# Without rehearsal there is nothing to link to either. The views look again at each request, since tests switch it.
urlpatterns = PATHS if settings.REHEARSAL or settings.TESTING else []
