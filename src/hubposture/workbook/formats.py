"""The look of a workbook that hubposture creates: one palette, by what a cell holds and who owns it."""

from collections.abc import Mapping
from typing import Final

from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]

from hubposture.matrix.columns import Column, Takes

DATE_FORMAT: Final = "yyyy-mm-dd"
_CODES: Final = {Takes.DATE: DATE_FORMAT, Takes.INTEGER: "0", Takes.WAIVABLE: "General"}
_FONT: Final = {"font_name": "Calibri", "font_size": 10}
_CELL: Final = {**_FONT, "text_wrap": True, "valign": "top", "align": "left", "border": 1, "border_color": "#D9D9D9"}
_HEADING: Final = {**_FONT, "bold": True, "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter", "border": 1}

# Marks of single words, (background, text): dark text on a light ground stays readable in print and for the colour-blind.
WORDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "disposition": {
        "enforce": ("#D5EDDB", "#14532D"),
        "monitor": ("#D9E8F8", "#1E3A6E"),
        "siem": ("#E8DDF4", "#4A2477"),
        "compensated": ("#FCEBC8", "#7A4A00"),
        "not-applicable": ("#E3E3E3", "#4D4D4D"),
    },
    "severity": {"CRITICAL": ("#F7D4D4", "#7F1D1D"), "HIGH": ("#FBE3D0", "#8A3B00")},
    "our_severity": {"CRITICAL": ("#F7D4D4", "#7F1D1D"), "HIGH": ("#FBE3D0", "#8A3B00")},
    "state": {
        "gap": ("#F7D4D4", "#7F1D1D"),
        "partly": ("#FCEBC8", "#7A4A00"),
        "covered": ("#D5EDDB", "#14532D"),
    },
    "enabled": {"no": ("#E3E3E3", "#4D4D4D")},
}


class Palette:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def _format(self, properties: Mapping[str, object]) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(dict(properties))
        return self._made[key]

    def heading(self, column: Column) -> Format:
        """A heading: dark blue, grey for a column of hubposture's."""
        return self._format(
            {**_HEADING, "bg_color": "#7F7F7F" if column.ours else "#1F3864", "border_color": "#FFFFFF"}
        )

    def cell(self, column: Column) -> Format:
        """A cell: text stays text, dates are dates; grey for a column of hubposture's."""
        grey = {"bg_color": "#F2F2F2", "font_color": "#595959"} if column.ours else {}
        return self._format({**_CELL, **grey, "num_format": _CODES.get(column.takes, "@")})

    def group(self) -> Format:
        """A conditional format for a row that begins a group of rows."""
        return self._format({"bold": True, "bg_color": "#DDE3EE", "font_color": "#1F3864"})

    def mark(self, background: str, text: str) -> Format:
        """A conditional format for a word that is to be seen at once."""
        return self._format({"bg_color": background, "font_color": text})

    def overdue(self) -> Format:
        """A conditional format for a date that has passed."""
        return self._format({"font_color": "#B00020", "bold": True})
