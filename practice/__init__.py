"""People and places: users and roles, the practice, locations, rooms, providers, clients; changes and the audit trail."""
