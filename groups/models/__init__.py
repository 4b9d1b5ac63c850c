from groups.models.groups import Group
from groups.models.meetings import Meeting
from groups.models.memberships import Membership, Screening

__all__ = ["Group", "Meeting", "Membership", "Screening"]
