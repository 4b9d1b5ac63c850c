"""The Chromium the journeys drive."""

import os
import shutil
import subprocess
import sys

from config.local.trouble import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "No Chromium or Chrome found: install the package `chromium`, or skip the journeys: SKIP_BROWSER=1"
)
APT_UPDATE = ["apt-get", "update", "-q"]
APT_INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]


def find() -> str | None:
    """The path of a browser that really starts: Ubuntu's `chromium-browser` may be a signpost to a snap."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)]
    return next((path for path in candidates if path and starts(path)), None)


def starts(path: str) -> bool:
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def find_or_install() -> str:
    """Empty when SKIP_BROWSER=1. Only root installs, and only where there is apt."""
    if os.environ.get("SKIP_BROWSER") == "1":
        return ""
    if not (path := find()) and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No browser here: installing chromium …", file=sys.stderr, flush=True)
        install()
        path = find()
    if not path:
        raise Trouble(NO_BROWSER)
    return path


def install() -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (APT_UPDATE, APT_INSTALL):
        done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            return
