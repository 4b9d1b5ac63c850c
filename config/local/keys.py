"""Secrets for local use, made once, so that nothing needs configuring."""

import secrets
from pathlib import Path

from config.local.places import PASSABLE, own_folder

NAMES = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS")


def local_keys(folder: Path) -> dict[str, str]:
    """The keys of `secrets.env`, made on first use. Without them the encrypted columns stay shut."""
    own_folder(folder, PASSABLE)
    file = folder / "secrets.env"
    if not file.exists():
        write_once(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


def write_once(file: Path) -> None:
    """Two first commands at once must agree: written aside, and the first to link it wins."""
    draft = Path(f"{file}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={secrets.token_urlsafe(48)}\n" for name in NAMES))
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
