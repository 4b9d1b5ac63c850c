from django.urls import path

from messaging.views import accounts, calls, checking, consent, inbox, own, policy, ses, tasks, webhooks

app_name = "messaging"
urlpatterns = [
    path("settings/sending/", policy.policy, name="policy"),
    path("settings/texts/", accounts.account, {"which": "twilio"}, name="account-twilio"),
    path("settings/email/", accounts.account, {"which": "mail"}, name="account-mail"),
    path("settings/test/", accounts.account_try, name="account-try"),
    path("clients/<uuid:public_id>/consent/", consent.consent, name="consent"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/count/", inbox.count, name="inbox-count"),
    path("inbox/live/", inbox.live, name="inbox-live"),
    path("inbox/<uuid:public_id>/", inbox.inbox, name="inbox-thread"),
    path("inbox/<uuid:public_id>/live/", inbox.live, name="inbox-thread-live"),
    path("inbox/<uuid:public_id>/reply/", inbox.reply, name="inbox-reply"),
    path("inbox/<uuid:public_id>/assign/", inbox.assign, name="inbox-assign"),
    path("inbox/<uuid:public_id>/close/", inbox.close, name="inbox-close"),
    path("inbox/<uuid:public_id>/reopen/", inbox.reopen, name="inbox-reopen"),
    path("tasks/<int:task_id>/on-it/", tasks.task_acknowledge, name="task-acknowledge"),
    path("tasks/", tasks.task_list, name="task-list"),
    path("tasks/<int:task_id>/done/", tasks.task_close, name="task-close"),
    path("m/<str:token>/", own.own_message_list, name="own-messages"),
    path("m/<str:token>/preferences/", own.own_preferences, name="own-preferences"),
    path("u/<str:token>/", own.own_unsubscribe, name="own-unsubscribe"),
    path("webhooks/twilio/voice/<uuid:token>/", calls.answered, name="twilio-voice"),
    path("webhooks/twilio/key/<uuid:token>/<slug:stage>/", calls.key, name="twilio-key"),
    path("webhooks/twilio/call/<uuid:token>/", calls.call_status, name="twilio-call"),
    path("settings/carriers/", checking.carrier_check, name="carrier-check"),
    path("webhooks/twilio/check", checking.signature_check, name="twilio-check"),
    path("webhooks/ses/", ses.ses_in, name="ses"),
    path("webhooks/twilio/sms", webhooks.text_in, name="twilio-sms"),
    path("webhooks/twilio/status", webhooks.status_in, name="twilio-status"),
    path("webhooks/twilio/status/<uuid:token>/", webhooks.status_in, name="twilio-status-of"),
]
