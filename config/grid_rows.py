"""Writes static/css/grid-rows.css: `.venv/bin/python -m config.grid_rows`.

Positions are classes because the content security policy refuses inline styles.
"""

from pathlib import Path

ROWS, LANES = 288, 12
TARGET = Path(__file__).resolve().parent.parent / "static" / "css" / "grid-rows.css"
HEAD = "/* Made by config/grid_rows.py: five-minute rows of a day, and lanes for what overlaps. */\n"


def css() -> str:
    rules = [f".at-{n}{{grid-row-start:{n + 1}}}" for n in range(ROWS)]
    rules += [f".for-{n}{{grid-row-end:span {n}}}" for n in range(1, ROWS + 1)]
    for lanes in range(2, LANES + 1):
        rules += [_lane(n, lanes) for n in range(1, lanes + 1)]
    return HEAD + "@layer components{\n" + "\n".join(rules) + "\n}\n"


def _lane(n: int, lanes: int) -> str:
    start, width = 100 * (n - 1) / lanes, 100 / lanes
    return f".lane-{n}-of-{lanes}{{margin-inline-start:{start:.4g}%;inline-size:calc({width:.4g}% - 2px)}}"


if __name__ == "__main__":
    TARGET.write_text(css())
