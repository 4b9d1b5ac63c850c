from practice.models.changes import AuditEntry, Change
from practice.models.clients import (
    Address,
    Authorization,
    CareTeam,
    Client,
    ClientContact,
    KeepApart,
)
from practice.models.links import Link
from practice.models.places import Location, Practice, Room, RoomOutage
from practice.models.providers import Provider
from practice.models.runs import Run
from practice.models.users import User

__all__ = [
    "Address",
    "AuditEntry",
    "Authorization",
    "CareTeam",
    "Change",
    "Client",
    "ClientContact",
    "KeepApart",
    "Link",
    "Location",
    "Practice",
    "Provider",
    "Room",
    "RoomOutage",
    "Run",
    "User",
]
