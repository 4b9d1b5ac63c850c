"""What npm gave us is what we ship: vendor.json names every vendored file and its hash."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = json.loads((ROOT / "static/vendor/vendor.json").read_text())
LISTED = {path: digest for entry in MANIFEST for path, digest in entry["files"].items()}
OPEN_LICENCES = {"0BSD", "ISC", "OFL-1.1", "MPL-2.0", "MIT", "BSD-2-Clause"}


def test_every_file_has_its_hash() -> None:
    found = {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in LISTED}
    assert found == LISTED


def test_nothing_is_vendored_unlisted() -> None:
    folders = [ROOT / "static/vendor", ROOT / "tests/vendor"]
    present = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert present - {"static/vendor/vendor.json"} == set(LISTED)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["package"])
def test_versions_are_pinned_and_licences_open(entry: dict) -> None:
    package = json.loads((ROOT / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    assert wanted[entry["package"]] == entry["version"]
    assert entry["licence"] in OPEN_LICENCES
    assert (ROOT / entry["licence_file"]).stat().st_size > 0


def test_no_script_asks_for_a_source_map() -> None:
    for path in LISTED:
        if path.endswith(".js"):
            assert "sourceMappingURL" not in (ROOT / path).read_text()


def test_lock_file_names_no_registry() -> None:
    assert not re.search(
        r"https?://[^\"]*(registry|npm)[^\"]*\.tgz", (ROOT / "package-lock.json").read_text()
    )
