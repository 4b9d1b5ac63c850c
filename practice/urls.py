"""Clients, the audit trail, import and export, and staying signed in. Imported at the root of the site."""

from django.urls import path

from practice.views import accounts, apart, audit, clients, contacts, import_runs, imports, safety

app_name = "practice"
urlpatterns = [
    path("clients/", clients.client_list, name="client-list"),
    path("clients/new/", clients.client_new, name="client-new"),
    path("clients/find/", clients.client_find, name="client-find"),
    path("clients/<uuid:public_id>/", clients.client_card, name="client-card"),
    path("clients/<uuid:public_id>/edit/", clients.client_edit, name="client-edit"),
    path("clients/<uuid:public_id>/contacts/new/", contacts.contact_edit, name="contact-new"),
    path("clients/<uuid:public_id>/contacts/<int:pk>/", contacts.contact_edit, name="contact-edit"),
    path("clients/<uuid:public_id>/flag/", safety.client_flag, name="client-flag"),
    path("clients/<uuid:public_id>/apart/", apart.client_apart, name="client-apart"),
    path("clients/<uuid:public_id>/apart/<int:pk>/end/", apart.client_apart_end, name="client-apart-end"),
    path("settings/audit/", audit.audit_list, name="audit-list"),
    path("settings/audit/export/", audit.audit_export, name="audit-export"),
    path("import/", imports.import_list, name="import"),
    path("import/upload/<slug:kind>/", imports.import_upload, name="import-upload"),
    path("import/export/<slug:kind>/", imports.import_export, name="import-export"),
    path("import/template/<slug:kind>/", imports.import_template, name="import-template"),
    path("import/<uuid:pk>/", import_runs.import_run, name="import-run"),
    path("import/<uuid:pk>/progress/", import_runs.import_progress, name="import-progress"),
    path("import/<uuid:pk>/stop/", import_runs.import_stop, name="import-stop"),
    path("import/<uuid:pk>/wrong/", import_runs.import_bad, name="import-bad"),
    path("stay/", accounts.stay, name="stay"),
]
