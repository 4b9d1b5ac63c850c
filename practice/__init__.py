"""People and places: users and roles, the practice, rooms, providers, clients; changes and the audit trail."""
