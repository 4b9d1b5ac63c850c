"""The variables the settings read, filled in for whoever has not set them."""

import atexit
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.local import keys
from config.local.keeper import SERVICES, Held, held, hold
from config.local.places import LOCAL, PASSABLE, own_folder, shared_temp
from config.local.processes import forget_pg_settings

WITHOUT_SERVERS = {
    "DATABASE_URL": "postgres:///not-needed",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "not-needed-" + "0" * 50,
}


def missing() -> list[str]:
    """The services whose address the user has not given."""
    return [name for name, service in SERVICES.items() if not os.environ.get(service.URL_NAME)]


def ensure() -> list[Held]:
    """Give the settings a database, a broker and keys, for the life of this process.

    What the user has set is left alone. Local servers that run are used; others run as long as somebody
    uses them. The caller need not keep the answer: the locks are let go at exit, however that comes.
    """
    wanted = missing()
    if "postgres" in wanted:
        fill_local_values(keys.local_keys(LOCAL))
    users = [hold(name, LOCAL / name) for name in wanted]
    os.environ.update({SERVICES[user.name].URL_NAME: user.url for user in users})
    for user in users:
        atexit.register(user.release)  # also keeps the lock files open until then
    return users


def fill_local_values(secrets: dict[str, str]) -> None:
    """Only beside a database of our own: a real one never meets DEBUG or a key it was not given."""
    forget_pg_settings(os.environ)
    for name, value in ({"DEBUG": "1"} | secrets).items():
        os.environ.setdefault(name, value)


def do_without() -> None:
    """For commands that only need the settings to load."""
    for name, value in WITHOUT_SERVERS.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def throwaway() -> Iterator[None]:
    """A fresh pair of servers for one test run, in the environment and gone with it."""
    wanted = missing()
    before = dict(os.environ)
    parent = own_folder(Path(tempfile.mkdtemp(prefix="stillwater-test-", dir=shared_temp())), PASSABLE)
    try:
        if "postgres" in wanted:
            fill_local_values({name: f"{name.lower()}-of-the-tests" + "0" * 30 for name in keys.NAMES})
        with held({name: parent / name for name in wanted}, fast=True) as urls:
            os.environ.update(urls)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        with contextlib.suppress(OSError):
            parent.rmdir()  # still there when no server was wanted or none came up
