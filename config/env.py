"""Every environment value the product reads, with its kind; nonsense is refused by name."""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def text(name: str, default: str | None = None) -> str:
    if default is None:
        return env.str(name)
    return env.str(name, default=default)


def flag(name: str, *, default: bool = False) -> bool:
    raw = env.str(name, default="").strip().lower()
    if raw in ("", "none"):
        return default
    if raw in ("1", "true", "yes", "on"):
        return True
    if raw in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: write 1 or 0")


def whole(name: str, *, default: int, least: int = 0, most: int = 10**9) -> int:
    raw = env.str(name, default=str(default)).strip()
    try:
        number = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r}: write a whole number") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name}={number}: must lie between {least} and {most}")
    return number


def words(name: str, default: list[str] | None = None) -> list[str]:
    return [
        word.strip() for word in env.str(name, default=",".join(default or [])).split(",") if word.strip()
    ]
