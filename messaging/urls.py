from django.urls import path

from messaging.views import accounts, consent, own, policy, tasks, webhooks

app_name = "messaging"
urlpatterns = [
    path("settings/sending/", policy.policy, name="policy"),
    path("settings/texts/", accounts.account, {"which": "twilio"}, name="account-twilio"),
    path("settings/email/", accounts.account, {"which": "mail"}, name="account-mail"),
    path("settings/test/", accounts.account_try, name="account-try"),
    path("clients/<uuid:public_id>/consent/", consent.consent, name="consent"),
    path("tasks/", tasks.task_list, name="task-list"),
    path("tasks/<int:task_id>/done/", tasks.task_close, name="task-close"),
    path("m/<str:token>/", own.own_message_list, name="own-messages"),
    path("m/<str:token>/preferences/", own.own_preferences, name="own-preferences"),
    path("u/<str:token>/", own.own_unsubscribe, name="own-unsubscribe"),
    path("webhooks/twilio/sms", webhooks.text_in, name="twilio-sms"),
    path("webhooks/twilio/status", webhooks.status_in, name="twilio-status"),
    path("webhooks/twilio/status/<uuid:token>/", webhooks.status_in, name="twilio-status-of"),
]
