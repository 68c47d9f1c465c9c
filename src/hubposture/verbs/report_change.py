"""What changed in what we look at between two versions: accounts, switches, parameters."""

from collections.abc import Iterator, Mapping

from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.verbs.report_parts import Account, Control, Part
from hubposture.verbs.report_scope import listed, view_of
from hubposture.verbs.report_sql import SWITCHED
from hubposture.views.report.model import Looked, Passage, Switched

_THERE = frozenset({"active", "management"})
_WORDS = {
    "left": "left the organization", "suspended": "suspended", "closing": "being closed", "": "no longer in this part",
}  # fmt: skip


def looked(reader: LakeReader, snapshots: tuple[Snapshot | None, Snapshot], old: Part | None, new: Part) -> Looked:
    """What changed; nothing is known where there was no version before the week."""
    before, now = snapshots
    if before is None or old is None:
        return Looked()
    switched: tuple[Switched, ...] = ()
    if before.number != now.number:
        with reader.between(before, now) as execute:
            rows = execute(SWITCHED, view_of(new.scope))
        switched = tuple(_switched(row, new) for row in rows)
    came = tuple(passages(old.accounts, new.accounts))
    return Looked(True, came, tuple(passages(new.accounts, old.accounts, said_by=new.accounts)), switched)


def passages(
    without: Mapping[str, Account], there: Mapping[str, Account], *, said_by: Mapping[str, Account] | None = None
) -> Iterator[Passage]:
    """Accounts that work on one side and not on the other; `said_by` says why they do not."""
    for account, one in sorted(there.items()):
        other = without.get(account)
        if one.state in _THERE and (other is None or other.state not in _THERE):
            state = said_by[account].state if said_by and account in said_by else ""
            why = "new here" if said_by is None else _WORDS.get(state, state)
            yield Passage(account, one.shown, one.ou_path, why)


def _switched(row: tuple[str, int, int, int], part: Part) -> Switched:
    control, on, off, parameters = row
    known = part.controls.get(control, Control(control, control, "", ""))
    return Switched(known.shown, known.title, on, off, parameters, listed(part.scope, f"control={control}"))
