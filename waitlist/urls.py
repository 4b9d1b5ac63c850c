from django.urls import path

from waitlist.views import entries, figures, own_entry, own_offer, policy, spans

app_name = "waitlist"
urlpatterns = [
    path("waitlist/", entries.entry_list, name="entry-list"),
    path("waitlist/new/", entries.entry_new, name="entry-new"),
    path("waitlist/invite/", entries.entry_invite, name="entry-invite"),
    path("waitlist/times/", spans.span_list, name="span-list"),
    path("waitlist/times/<uuid:public_id>/", spans.span_page, name="span"),
    path("waitlist/times/<uuid:public_id>/offer/", spans.span_offer, name="span-offer"),
    path("waitlist/offers/<uuid:public_id>/answer/", spans.offer_answer, name="offer-answer"),
    path("waitlist/figures/", figures.figures_page, name="figures"),
    path("waitlist/<uuid:public_id>/", entries.entry_edit, name="entry-edit"),
    path("waitlist/<uuid:public_id>/close/", entries.entry_close, name="entry-close"),
    path("waitlist/<uuid:public_id>/pin/", entries.entry_pin, name="entry-pin"),
    path("visits/<uuid:public_id>/waiting/", spans.visit_waiting, name="visit-waiting"),
    path("settings/waitlist/", policy.policy, name="policy"),
    path("o/<str:token>/", own_offer.offer, name="own-offer"),
    path("o/<str:token>/accept/", own_offer.offer_accept, name="own-offer-accept"),
    path("o/<str:token>/decline/", own_offer.offer_decline, name="own-offer-decline"),
    path("w/<str:token>/", own_entry.own_entry, name="own-entry"),
    path("w/<str:token>/leave/", own_entry.own_leave, name="own-leave"),
]
