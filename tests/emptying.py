"""After a test that commits: its rows go, and nothing else is touched.

Django's own way truncates every table and makes all permissions anew, which takes longer than most of the tests.
"""

from functools import cache

from django.db import connection
from django.test import TransactionTestCase

# What `migrate` itself writes, the same for every test.
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def quickly() -> None:
    """Every transactional test is cleared up after by `empty` from now on."""
    TransactionTestCase._fixture_teardown = lambda _: empty()


def empty() -> None:
    """Without triggers: order is no matter, and rows that are kept for ever go as well."""
    with connection.cursor() as cursor:
        cursor.execute(_which_have_rows())
        filled = [name for (name,) in cursor.fetchall()]
        if filled:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("; ".join(f'DELETE FROM "{name}"' for name in filled))
            cursor.execute("RESET session_replication_role")


@cache
def _which_have_rows() -> str:
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
