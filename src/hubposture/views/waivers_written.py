"""Files of waivers that were written, and what for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted

_COMMIT = "Commit them, and have them reviewed: a merge to the default branch makes them count."
_NOTHING = "Nothing to write: it is so already."
_LARGEST = 10


@dataclass(frozen=True, slots=True)
class ProvisionalRow:
    """A provisional waiver: for how many subjects of which control, `shown` is what people call the account.

    `who` suppressed most of them, `notes` says how many different notes stand on them.
    """

    waiver: str
    control: str
    account: str
    shown: str
    subjects: int
    owner: str
    who: str = ""


def document(
    paths: Sequence[str],
    said: str,
    *,
    notes: Sequence[str] = (),
    after: Sequence[str] = (),
    are_approved: bool = True,
    most: int = 50,
) -> Document:
    """What was done, in a sentence, the files that changed, what is worth a look, and what happens then (`after`).

    Without `are_approved` a merge of them makes nothing hold.
    """
    blocks: list[Block] = [Lines([Text(said, Tone.GOOD)])]
    if paths:
        blocks.append(Table(("Written",), [(path,) for path in paths[:most]], more=max(0, len(paths) - most)))
        blocks.append(Lines([*([_COMMIT] if are_approved else []), *after]))
    else:
        blocks.append(Lines([_NOTHING]))
    if notes:
        blocks += [Heading(f"To look at ({counted(len(notes), 'note')})"), Lines(list(notes[:most]))]
    return Document("Waivers", blocks, {"said": said, "written": list(paths), "notes": list(notes)})


def provisional(
    organization: str, rows: Sequence[ProvisionalRow], paths: Sequence[str], *, until: str, where: str
) -> Document:
    """The provisional waivers that were made: counted by account, and the largest; the data names all, and every file."""
    subjects = sum(one.subjects for one in rows)
    blocks: list[Block] = []
    if not rows:
        blocks.append(
            Lines([Text("Nothing to make waivers of: nothing is suppressed that no waiver covers.", Tone.GOOD)])
        )
    else:
        made = f"{counted(len(rows), 'provisional waiver')} for {counted(subjects, 'suppressed resource')}"
        in_files = f"{counted(len(paths), 'file')} in {where}"
        blocks += [
            Lines([Text(f"{made}, until {until}: {in_files}", Tone.GOOD), _COMMIT,
                   "Nothing that is suppressed reopens then; each is to be justified, or ends on that day."]),
            Heading("By account"),
            _by_account(rows),
            Heading("The largest" if len(rows) > _LARGEST else "All of them, the largest first"),
            _largest(rows),
        ]  # fmt: skip
    data = {
        "organization": organization,
        "until": until,
        "waivers_in_all": len(rows),
        "subjects": subjects,
        "files": len(paths),
        "accounts": [
            {"account": account, "shown": shown, "waivers": len(some), "subjects": sum(one.subjects for one in some)}
            for (account, shown), some in _accounts(rows)
        ],
        "waivers": [
            {
                "waiver": one.waiver, "control": one.control, "account": one.account, "subjects": one.subjects,
                "owner": one.owner, "suppressed_by": one.who,
            }
            for one in _ordered(rows)
        ],
        "written": list(paths),
    }  # fmt: skip
    return Document(f"Provisional waivers of {organization}", blocks, data)


def _accounts(rows: Sequence[ProvisionalRow]) -> list[tuple[tuple[str, str], list[ProvisionalRow]]]:
    """Rows by account, most subjects first."""
    found: dict[tuple[str, str], list[ProvisionalRow]] = {}
    for one in rows:
        found.setdefault((one.account, one.shown), []).append(one)
    return sorted(found.items(), key=lambda item: (-sum(one.subjects for one in item[1]), item[0]))


def _ordered(rows: Sequence[ProvisionalRow]) -> list[ProvisionalRow]:
    return sorted(rows, key=lambda one: (-one.subjects, one.waiver))


def _by_account(rows: Sequence[ProvisionalRow], most: int = 50) -> Table:
    found = _accounts(rows)
    table: list[Sequence[Cell]] = [
        (
            shown,
            account,
            f"{len(some):,}",
            f"{sum(one.subjects for one in some):,}",
            ", ".join(sorted({one.owner for one in some})),
            _most(some),
        )
        for (account, shown), some in found[:most]
    ]
    headings = ("Account", "Id", "Waivers", "Resources", "Owner", "Suppressed mostly by")
    more = max(0, len(found) - most)
    return Table(headings, table, numbers=frozenset({2, 3}), more=more, spare=(1, 5), cut=frozenset({0, 4}))


def _most(rows: Sequence[ProvisionalRow]) -> str:
    counts = Counter[str]()
    for one in rows:
        if one.who:
            counts[one.who] += one.subjects
    return min(counts, key=lambda who: (-counts[who], who), default="-")


def _largest(rows: Sequence[ProvisionalRow]) -> Table:
    table: list[Sequence[Cell]] = [
        (one.waiver, one.control, one.shown, f"{one.subjects:,}", one.owner, one.who or "-")
        for one in _ordered(rows)[:_LARGEST]
    ]
    headings = ("Waiver", "Control", "Account", "Resources", "Owner", "Suppressed by")
    more = max(0, len(rows) - _LARGEST)
    return Table(headings, table, numbers=frozenset({3}), more=more, spare=(1, 5), cut=frozenset({2, 4}))
