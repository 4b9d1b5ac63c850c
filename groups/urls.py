from django.urls import path

from groups.views import groups, members, planning

app_name = "groups"
urlpatterns = [
    path("groups/", groups.group_list, name="group-list"),
    path("groups/new/", groups.group_new, name="group-new"),
    path("groups/<uuid:public_id>/", groups.group_page, name="group"),
    path("groups/<uuid:public_id>/edit/", groups.group_edit, name="group-edit"),
    path("groups/<uuid:public_id>/state/", groups.group_state, name="group-state"),
    path("groups/<uuid:public_id>/plan/", planning.group_plan, name="group-plan"),
    path("groups/<uuid:public_id>/refer/", members.member_refer, name="member-refer"),
    path("groups/members/<int:pk>/screen/", members.member_screen, name="member-screen"),
    path("groups/members/<int:pk>/exit/", members.member_exit, name="member-exit"),
    path("groups/members/<int:pk>/<str:act>/", members.member_act, name="member-act"),
]
