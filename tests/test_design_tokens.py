"""Colours by meaning keep their promises: both dark sets agree, text can be read, edges can be seen."""

import re
from itertools import product
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent / "static/css/tokens.css").read_text()
HUES = ["teal", "indigo", "olive", "rose", "slate", "amber", "plum", "sky"]


def _tokens(opening: str) -> dict[str, str]:
    block = CSS[CSS.index(opening) + len(opening) :].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


LIGHT = _tokens(":root {")
DARK_BY_SYSTEM = _tokens(':root:not([data-theme="light"]) {')
DARK_BY_CHOICE = _tokens(':root[data-theme="dark"] {')
SCHEMES = {"light": LIGHT, "dark": LIGHT | DARK_BY_SYSTEM}


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _mix(colour: str, share: str, ground: str) -> str:
    part = float(share.rstrip("%")) / 100
    mixed = (round(a * part + b * (1 - part)) for a, b in zip(_rgb(colour), _rgb(ground), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [value / 255 for value in _rgb(colour)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_dark_is_the_same_by_system_and_by_choice() -> None:
    assert DARK_BY_SYSTEM == DARK_BY_CHOICE


def test_dark_and_print_name_only_known_tokens() -> None:
    assert set(DARK_BY_SYSTEM) <= set(LIGHT)
    assert set(_tokens(':root[data-theme],\n    :root:not([data-theme="light"]) {')) == set(DARK_BY_SYSTEM)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read(scheme: str) -> None:
    look = SCHEMES[scheme]
    pairs = [
        *product(["ink", "ink-2"], ["paper", "surface", "sunk", "hover", "raised", "closed"]),
        *product(["ink", "ink-2"], ["brand-soft", "ok-soft", "warn-soft", "bad-soft", "info-soft"]),
        *product(["ink-3"], ["paper", "surface"]),
        *product(["brand", "ok", "warn", "bad", "info"], ["paper", "surface", "sunk"]),
        *((tone, f"{tone}-soft") for tone in ("brand", "ok", "warn", "bad", "info")),
        *[
            ("brand-ink", "brand"),
            ("brand-ink", "brand-strong"),
            ("bad-ink", "bad"),
            ("bad-ink", "bad-strong"),
        ],
        *[("avatar-ink", "avatar"), ("avatar-self-ink", "avatar-self"), ("bad-strong", "bad-soft")],
        *product(["heat-ink"], [f"heat-{step}" for step in range(1, 6)]),
    ]
    dim = {pair: _contrast(look[pair[0]], look[pair[1]]) for pair in pairs}
    assert {pair: round(value, 2) for pair, value in dim.items() if value < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_edges_can_be_seen(scheme: str) -> None:
    look = SCHEMES[scheme]
    pairs = product(["line-strong", "focus", "brand", "now", "state-held"], ["paper", "surface"])
    assert [pair for pair in pairs if _contrast(look[pair[0]], look[pair[1]]) < 3] == []


@pytest.mark.parametrize(("scheme", "hue"), list(product(SCHEMES, HUES)))
def test_a_type_keeps_its_contrast(scheme: str, hue: str) -> None:
    look = SCHEMES[scheme]
    full, surface = look[f"hue-{hue}"], look["surface"]
    ground = _mix(full, look["hue-ground-share"], surface)
    strong = _mix(full, look["hue-strong-share"], surface)
    for tint in (ground, strong):
        assert _contrast(look["ink"], tint) >= 4.5
        assert _contrast(look["ink-2"], tint) >= 4.5
    assert _contrast(full, ground) >= 4.5
    assert _contrast(_mix(full, "80%", surface), surface) >= 3
