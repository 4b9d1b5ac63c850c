from django.urls import path

from messaging.rehearsal import api, views

app_name = "rehearsal"
ACCOUNT = "twilio/2010-04-01/Accounts/<str:account_sid>"
urlpatterns = [
    path("", views.phones, name="phones"),
    path("live/", views.live, name="live"),
    path("find/", views.find, name="client-find"),
    path("say/", views.say, name="text-say"),
    path("trouble/", views.set_trouble, name="trouble-set"),
    path("call/", views.call, name="call-act"),
    path("mail/<str:sid>/", views.mail, name="mail"),
    path("faults/", views.set_faults, name="faults-set"),
    path(f"{ACCOUNT}/Messages.json", api.messages, name="messages"),
    path(f"{ACCOUNT}/Calls.json", api.calls, name="calls"),
    path(f"{ACCOUNT}/Messages/<str:sid>.json", api.message, name="message"),
]
