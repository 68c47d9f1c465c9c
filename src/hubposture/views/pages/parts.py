"""What pages are made of, besides the blocks of a document: linked cells, tables of them, tiles, pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.views.document import Cell, Code, Heading, Lines, Table, Tone
from hubposture.views.pages.charts import Trend, Waterfall
from hubposture.views.pages.forms import Form
from hubposture.views.pages.time_parts import TimeLine


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads somewhere; the text is literal. `href` is a path of ours, or an https address of somebody else."""

    text: str
    href: str
    tone: Tone = Tone.PLAIN
    more: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether it leaves hubposture."""
        return not self.href.startswith("/")


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a bar beside its text; `met` of `of`."""

    met: int
    of: int
    text: str

    @property
    def width(self) -> int:
        """Its length in percent: full only for all, empty only for none."""
        if not self.of:
            return 0
        found = 100 * self.met // self.of
        return max(found, 1) if self.met else 0


PageCell = Cell | Link | Bar


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; numbers are aligned right, and a `spare` one is left out where there is little room."""

    heading: str
    is_number: bool = False
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose cells may be links. The first of `columns` that is no number names its row: `named` says which one.

    `empty` is said where there are no rows; `more` leads to the rest.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[PageCell]]
    empty: str = "Nothing."
    more: Link | None = None
    named: int = 0


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what it is of, the figure, and a sentence about it. `href` is its list; ''."""

    label: str
    value: str
    note: str = ""
    href: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms with what holds of them."""

    rows: Sequence[tuple[str, PageCell]]


@dataclass(frozen=True, slots=True)
class Links:
    """A row of links; the one that is shown now is marked."""

    label: str
    links: Sequence[Link]
    current: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that `title` says in words, and the same numbers as a table."""

    title: str
    picture: Trend | Waterfall
    table: Grid


@dataclass(frozen=True, slots=True)
class Banner:
    """Something that must not be overlooked; `tone` says how bad it is, the words say it too."""

    lines: Sequence[PageCell]
    tone: Tone = Tone.WARN


Part = Heading | Lines | Code | Table | Grid | Tiles | Facts | Links | Figure | Form | Banner | TimeLine


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its title, what leads to it (outermost first), and its parts in reading order.

    `place` is the entry of the navigation that it belongs to.
    """

    title: str
    parts: Sequence[Part]
    place: str = ""
    trail: Sequence[Link] = ()
    lead: Sequence[Cell] = ()
