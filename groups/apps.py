from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Group therapy: groups, memberships, screening, sessions and the attendance sheet.

    A session is an Appointment of scheduling with many attendances; this app knows which group it is of, who has a
    place, and draws the sheet.
    """

    name = "groups"

    def ready(self) -> None:
        # Models exist only from here on.
        from groups import receivers  # noqa: F401, PLC0415  connects them
        from groups.operations.seating import KEEPER  # noqa: PLC0415
        from scheduling import seats  # noqa: PLC0415

        seats.keep(KEEPER)
