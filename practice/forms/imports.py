"""The forms of an import: which file, and how it shall be read."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile

from core import clock
from core.sheets.cells import UTC, Style
from core.sheets.columns import Column
from core.sheets.dialect import DELIMITERS, ENCODINGS
from core.sheets.looking import DayOrder, Look, look
from core.sheets.reading import column_named
from core.sheets.trouble import SheetError
from practice.importing.kinds import Attested, Kind
from practice.importing.running import Options
from practice.models import Practice

MEGABYTE = 1_000_000
MOST_BYTES = 50 * MEGABYTE
MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
WORDS_FOR = {mark: word for word, mark in MARKS.items()}
MONTH, DAY = "month", "day"
US_ZONES = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}
UNCERTAIN = "It is not UTF-8, so this is the likeliest. Check the lines below: do their letters look right?"
ENCODING_WHY = {
    "utf-8": "Recognised: every letter of it is UTF-8.",
    "utf-8-sig": "Recognised by the mark it begins with.",
    "utf-16": "Recognised by the mark it begins with.",
    "cp1252": UNCERTAIN,
}
CHOSEN = "As you chose."


class UploadForm(forms.Form):
    """`look` is what the file told of itself; None where somebody must say how to read it."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label="File",
        help_text=(
            f"Drop it here or choose it: comma-separated values (CSV), at most {MOST_BYTES // MEGABYTE} MB, whose "
            "first line names the columns. The next page shows how it is read; no row is kept yet."
        ),
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={"required": "Choose a file."},
    )
    look: Look | None = None
    raw: bytes = b""

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            size = f"{file.size / MEGABYTE:,.1f} MB"
            raise forms.ValidationError(
                f"The file has {size}; at most {MOST_BYTES // MEGABYTE} MB fit. Split it, or leave out columns "
                "that nobody reads."
            )
        self.raw = file.read()
        try:
            self.look = look(io.BytesIO(self.raw))
        except SheetError as trouble:
            if trouble.field == "file":
                raise forms.ValidationError(trouble.message) from None
        return file

    @property
    def lines(self) -> int:
        return self.look.dialect.lines if self.look else 0


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One column of the kind: where it is read from, and the first value found there."""

    column: Column
    bound: forms.BoundField
    sample: str


class CheckForm(forms.Form):
    """How a file is to be read. Its fields follow from the kind and from the look at the file, if it can be read."""

    change_id = forms.UUIDField(widget=forms.HiddenInput)
    headers = forms.IntegerField(widget=forms.HiddenInput, required=False)
    encoding = forms.ChoiceField(label="Letters", choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(
        label="Cells separated by", choices=[(WORDS_FOR[mark], words) for mark, words in DELIMITERS.items()]
    )
    day_order = forms.ChoiceField(label="Dates", error_messages={"required": "Say which comes first."})
    zone = forms.ChoiceField(
        label="Times are those of", help_text="For times that carry no offset of their own."
    )
    skip_bad = forms.BooleanField(
        label="Leave out rows that are wrong, and take the others",
        required=False,
        help_text="Otherwise one wrong row means that nothing is kept.",
    )

    def __init__(
        self,
        posted: Mapping[str, Any] | None = None,
        *,
        kind: Kind,
        practice: Practice,
        seen: Look | None,
        trouble: SheetError | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.kind, self.practice, self.seen, self.trouble = kind, practice, seen, trouble
        self.columns: Sequence[Column] = kind.all_columns(Style(zone=UTC))
        super().__init__(posted, initial=self._initial(dict(initial or {})))
        self._choices("zone", _zones(practice.zone))
        self._choices("day_order", self._day_orders())
        self._explain()
        self._add_mapping()
        if kind.can_be_attested:
            self._add_attested()

    def _initial(self, known: dict[str, Any]) -> dict[str, Any]:
        """What the file says, below what was chosen before."""
        usual: dict[str, Any] = {
            "change_id": uuid.uuid4(),
            "zone": self.practice.zone,
            "attested_wording": (
                f"{self.practice.name} holds this person's written consent to be reminded of visits by text and email."
            ),
        }
        if self.seen is None:
            return usual | known
        usual |= {
            "encoding": self.seen.dialect.encoding,
            "delimiter": WORDS_FOR[self.seen.dialect.delimiter],
            "day_order": _told(self.seen.order),
        }
        by_itself = self._by_itself() if known.get("headers") != len(self.seen.header) else {}
        return usual | known | by_itself | {"headers": len(self.seen.header)}

    def _by_itself(self) -> dict[str, Any]:
        """Each column at the header that names it."""
        found = {f"map_{column.name}": "" for column in self.columns}
        for at, header in enumerate(self.seen.header if self.seen else []):
            name = column_named(self.columns, header)
            if name and not found[f"map_{name}"]:
                found[f"map_{name}"] = str(at)
        return found

    def _choices(self, name: str, choices: list) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices

    def _day_orders(self) -> list[tuple[str, str]]:
        both = [(MONTH, "month first: 12/31/2026"), (DAY, "day first: 31/12/2026")]
        is_open = self.seen is None or not _told(self.seen.order)
        return [("", "Choose …"), *both] if is_open else both

    def _explain(self) -> None:
        """Under each choice how it came about; where the file could not be read, nothing is chosen."""
        if self.seen is None:
            for name in ("encoding", "delimiter"):
                self._choices(name, [("", "Choose …"), *self.fields[name].choices])  # type: ignore[attr-defined]
            return
        now, own = self.seen.dialect, self.seen.by_itself
        is_own = own is not None and own.encoding == now.encoding
        self.fields["encoding"].help_text = ENCODING_WHY[now.encoding] if is_own else CHOSEN
        is_own = own is not None and own.delimiter == now.delimiter
        self.fields["delimiter"].help_text = "Recognised by the first line." if is_own else CHOSEN
        self.fields["day_order"].help_text = _why(self.seen)

    def _add_mapping(self) -> None:
        if self.seen is None:
            return
        places = [(str(at), name) for at, name in enumerate(self.seen.header) if name.strip()]
        for column in self.columns:
            self.fields[f"map_{column.name}"] = forms.ChoiceField(
                label=column.name,
                required=column.required,
                choices=[("", "not in this file"), *places],
                error_messages={"required": "This column must be there. Say where it stands."},
            )

    def _add_attested(self) -> None:
        self.fields["is_attested"] = forms.BooleanField(
            label="The practice holds consent on file of everybody in this file",
            required=False,
            help_text="Then they are written to as it says. Each person's consent is recorded with these words.",
        )
        self.fields["attested_wording"] = forms.CharField(
            label="What they agreed to", max_length=300, required=False, widget=forms.Textarea({"rows": 2})
        )
        self.fields["attested_on"] = forms.DateField(
            label="Agreed on", required=False, widget=forms.DateInput({"type": "date"})
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.trouble is not None:
            field = self.trouble.field
            self.add_error(field if field in self.fields else None, self.trouble.message)
        if given.get("is_attested"):
            self._clean_attested(given)
        return given

    def _clean_attested(self, given: dict[str, Any]) -> None:
        if not given.get("attested_wording"):
            self.add_error("attested_wording", "Write what they agreed to.")
        on = given.get("attested_on")
        if on is None and "attested_on" not in self.errors:
            self.add_error("attested_on", "Write the day, or the last day, of these agreements.")
        elif on and on > clock.now().astimezone(self.practice.tz).date():
            self.add_error("attested_on", "This day is still to come.")

    @property
    def mapping_rows(self) -> list[MappingRow]:
        if self.seen is None:
            return []
        bounds = [(column, self[f"map_{column.name}"]) for column in self.columns]
        return [MappingRow(column, bound, self._sample(bound.value())) for column, bound in bounds]

    @property
    def unread(self) -> list[str]:
        """Headers no column is read from."""
        if self.seen is None:
            return []
        taken = {str(row.bound.value()) for row in self.mapping_rows}
        return [name for at, name in enumerate(self.seen.header) if name.strip() and str(at) not in taken]

    def _sample(self, place: Any) -> str:
        at = int(place) if str(place or "").isdecimal() else -1
        lines = self.seen.first if self.seen else []
        return next((cells[at] for _, cells in lines if 0 <= at < len(cells) and cells[at].strip()), "")

    def options(self, *, is_trial: bool) -> Options:
        """Of a valid form: everything said aloud, nothing left to be recognised again."""
        given, seen = self.cleaned_data, self.seen
        header = seen.header if seen else []
        mapping = {c.name: given[f"map_{c.name}"] for c in self.columns}
        return Options(
            mapping={name: header[int(at)] if at else "" for name, at in mapping.items()},
            encoding=given["encoding"],
            delimiter=MARKS[given["delimiter"]],
            day_first=given["day_order"] == DAY,
            zone=given["zone"],
            is_trial=is_trial,
            skip_bad=given["skip_bad"],
            attested=(
                Attested(given["attested_wording"], given["attested_on"])
                if given.get("is_attested")
                else None
            ),
        )


def initial_of(kept: Mapping[str, Any], seen: Look | None) -> dict[str, Any]:
    """What was chosen when this file was last tried, as the form says it."""
    if not kept:
        return {}
    known: dict[str, Any] = {
        "encoding": kept["encoding"],
        "delimiter": WORDS_FOR[kept["delimiter"]],
        "day_order": DAY if kept["day_first"] else MONTH,
        "zone": kept["zone"],
        "skip_bad": kept["skip_bad"],
    }
    if attested := kept["attested"]:
        known |= {"is_attested": True, "attested_wording": attested["wording"], "attested_on": attested["on"]}
    if seen is not None:
        places = {name: str(at) for at, name in enumerate(seen.header)}
        known |= {f"map_{name}": places.get(header, "") for name, header in kept["mapping"].items()}
        known["headers"] = len(seen.header)
    return known


def _told(order: DayOrder) -> str:
    """Empty where somebody must say it."""
    return {DayOrder.DAY_FIRST: DAY, DayOrder.MONTH_FIRST: MONTH, DayOrder.NONE: MONTH}.get(order, "")


def _why(seen: Look) -> str:
    line = seen.order_line
    return {
        DayOrder.NONE: "Dates like 2026-12-31 are understood anyhow; there are no others in the first lines.",
        DayOrder.MONTH_FIRST: f"Recognised by line {line}, where only the month can come first.",
        DayOrder.DAY_FIRST: f"Recognised by line {line}, where only the day can come first.",
        DayOrder.EITHER: f"Line {line} has one that can be read both ways, and no line decides it.",
        DayOrder.MIXED: f"Up to line {line} some have the month first and some the day.",
    }[seen.order]


def _zones(own: str) -> list:
    """The practice's own first, then the usual ones, then the world."""
    usual = {name: f"{words} ({name})" for name, words in US_ZONES.items() if name != own}
    world = sorted(name for name in available_timezones() if "/" in name and name not in {own, *usual})
    return [
        ("The practice's own", [(own, own)]),
        ("United States", list(usual.items())),
        ("Elsewhere", [(name, name) for name in world]),
    ]
