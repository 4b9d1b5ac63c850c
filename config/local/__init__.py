"""Local PostgreSQL and Valkey for development, the demo and tests. Knows nothing of Django."""
