"""Clients, the audit trail, and staying signed in. Imported at the root of the site."""

from django.urls import path

from practice.views import accounts, audit, clients

app_name = "practice"
urlpatterns = [
    path("clients/", clients.client_list, name="client-list"),
    path("clients/new/", clients.client_new, name="client-new"),
    path("clients/find/", clients.client_find, name="client-find"),
    path("clients/<uuid:public_id>/", clients.client_card, name="client-card"),
    path("clients/<uuid:public_id>/edit/", clients.client_edit, name="client-edit"),
    path("settings/audit/", audit.audit_list, name="audit-list"),
    path("settings/audit/export/", audit.audit_export, name="audit-export"),
    path("stay/", accounts.stay, name="stay"),
]
