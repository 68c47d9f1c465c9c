"""A document as GitHub-flavoured markdown, escaped so that no cell can be markup, a mention or a link."""

import re

from hubposture.render.plain import one_line
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Tone, counted

COMMENT_LIMIT = 65_536
"""The longest comment GitHub takes, in characters."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")
_REFERENCE = re.compile(r"@(?=\w)|#(?=\d)|\bGH-(?=\d)|\bwww(?=\.)|\b(?:https?|ftp|mailto|xmpp)(?=:)", re.IGNORECASE)
"""What GitHub turns into a mention, an issue or a link even where the markdown is escaped."""
_BLOCK = re.compile(r"^([-=]|\d{1,9}(?=[.)]))")
"""What would begin a list, a rule or a heading at the start of a line."""
_MARKS = {Tone.BAD: "**", Tone.WARN: "**", Tone.STRONG: "**"}


def render(document: Document) -> str:
    """The whole document."""
    parts = [f"## {escape(document.title)}", *(_block(block) for block in document.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """Text that reads the same in markdown, mentions nobody and links nowhere."""
    plain = _REFERENCE.sub("\\g<0>\u200b", one_line(text)).replace("://", ":\u200b//")
    return _numbered(_SPECIAL.sub(r"\\\1", plain))


def _numbered(text: str) -> str:
    """Text that begins no list, no rule and no heading: `1.`, `-` and `=` are words here."""
    found = _BLOCK.match(text)
    if found is None:
        return text
    return f"{found[0]}\\{text[found.end() :]}" if found[0].isdigit() else f"\\{text}"


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"### {escape(text)}"
        case Lines(lines):
            return "\n".join(f"- {_cell(line)}" for line in lines)
        case Code(text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            return f"{fence}\n{text}\n{fence}"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    if not table.rows:
        return ""
    rules = ["---:" if column in table.numbers else "---" for column in range(len(table.headings))]
    rows = [
        [escape(heading) for heading in table.headings],
        rules,
        *([_cell(cell) for cell in row] for row in table.rows),
    ]
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return text + (f"\n\n*and {counted(table.more, 'more row')}*" if table.more else "")


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    mark = _MARKS.get(cell.tone, "") if cell.text.strip() else ""
    return f"{mark}{escape(cell.text)}{mark}"
