from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Group therapy: groups, memberships, screening, sessions and the attendance sheet.

    Empty until its issue is built; scheduling already carries group meetings as appointments with many
    attendances.
    """

    name = "groups"
