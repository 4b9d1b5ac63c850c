from practice.admin import accounts, clients, places, trail
from practice.admin.audited import Audited, ReadOnly, admin_actor

__all__ = ["Audited", "ReadOnly", "accounts", "admin_actor", "clients", "places", "trail"]
