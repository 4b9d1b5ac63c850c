"""The bench's own web server: production's command and settings (see `config.bench.settings`), one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.bench.databases import Database
from config.bench.processes import Children, answers, free_port, inherited, said_when_failing

# As the README deploys it, in one process: latency is measured with one request at a time. Only it keeps an idle
# connection longer than the usual two seconds, or a busy machine would be measured connecting again.
GUNICORN = (
    "-m gunicorn config.wsgi:application --threads 8 --keep-alive 60 --log-level warning --no-control-socket"
)


def environment(database: Database, *, public_base_url: str, **more: str) -> dict[str, str]:
    """Production's: no DEBUG, no rehearsal. Plain http, because there is no proxy in front."""
    return inherited() | {
        "DJANGO_SETTINGS_MODULE": "config.bench.settings",
        "DATABASE_URL": database.url,
        "DEBUG": "0",
        "REHEARSAL": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "PUBLIC_BASE_URL": public_base_url,
        "LOG_LEVEL": "WARNING",
        **more,
    }


@contextmanager
def web(children: Children, database: Database, *, port: int = 0, **more: str) -> Iterator[int]:
    """The port it answers on, for the length of a block."""
    port = port or free_port()
    environ = environment(database, public_base_url=f"http://127.0.0.1:{port}", **more)
    children.start("web", *GUNICORN.split(), "--bind", f"127.0.0.1:{port}", environ=environ)
    try:
        children.wait_for("web", lambda: answers(port, "/accounts/login/"))
        with said_when_failing(children):
            yield port
    finally:
        children.end("web")
