from django.urls import path

from waitlist.views import entries

app_name = "waitlist"
urlpatterns = [
    path("waitlist/", entries.entry_list, name="entry-list"),
    path("waitlist/new/", entries.entry_new, name="entry-new"),
    path("waitlist/<uuid:public_id>/", entries.entry_edit, name="entry-edit"),
    path("waitlist/<uuid:public_id>/close/", entries.entry_close, name="entry-close"),
    path("waitlist/<uuid:public_id>/pin/", entries.entry_pin, name="entry-pin"),
]
