from django.urls import path

from groups.views import groups, history, members, planning, session_acts, session_papers, sheet

app_name = "groups"
urlpatterns = [
    path("groups/", groups.group_list, name="group-list"),
    path("groups/new/", groups.group_new, name="group-new"),
    path("groups/<uuid:public_id>/", groups.group_page, name="group"),
    path("groups/<uuid:public_id>/edit/", groups.group_edit, name="group-edit"),
    path("groups/<uuid:public_id>/state/", groups.group_state, name="group-state"),
    path("groups/<uuid:public_id>/plan/", planning.group_plan, name="group-plan"),
    path("groups/<uuid:public_id>/history/", history.group_history, name="group-history"),
    path("groups/<uuid:public_id>/export/", history.group_export, name="group-export"),
    path("groups/<uuid:public_id>/refer/", members.member_refer, name="member-refer"),
    path("groups/sessions/<uuid:public_id>/", sheet.sheet, name="sheet"),
    path("groups/sessions/<uuid:public_id>/rows/", sheet.sheet_rows, name="sheet-rows"),
    path("groups/sessions/<uuid:public_id>/mark/", sheet.sheet_mark, name="sheet-mark"),
    path("groups/sessions/<uuid:public_id>/all-here/", session_acts.sheet_all_here, name="sheet-all-here"),
    path("groups/sessions/<uuid:public_id>/walk-in/", session_acts.sheet_walk_in, name="sheet-walk-in"),
    path("groups/sessions/<uuid:public_id>/complete/", session_acts.sheet_complete, name="sheet-complete"),
    path("groups/sessions/<uuid:public_id>/reopen/", session_acts.sheet_reopen, name="sheet-reopen"),
    path("groups/sessions/<uuid:public_id>/print/", session_papers.sheet_print, name="sheet-print"),
    path("groups/sessions/<uuid:public_id>/decide/", session_acts.session_decide, name="session-decide"),
    path(
        "groups/sessions/<uuid:public_id>/people/<int:pk>/",
        session_papers.sheet_history,
        name="sheet-history",
    ),
    path("groups/members/<int:pk>/history/", history.member_history, name="member-history"),
    path("groups/members/<int:pk>/make-up/<uuid:session>/", history.member_make_up, name="member-make-up"),
    path("groups/members/<int:pk>/screen/", members.member_screen, name="member-screen"),
    path("groups/members/<int:pk>/exit/", members.member_exit, name="member-exit"),
    path("groups/members/<int:pk>/<str:act>/", members.member_act, name="member-act"),
]
