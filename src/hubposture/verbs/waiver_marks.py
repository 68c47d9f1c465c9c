"""Marks that were put before something was written that never came to be: the ledger learns what is so."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_decide import Decided
from hubposture.waivers.decision import Verb
from hubposture.waivers.note import SUPPRESSED


def put_right(
    ledger: WaiverLedger, organization: str, astray: Mapping[str, bool], decided: Decided, *, now: dt.datetime
) -> None:
    """Marks of findings that show something else than was written are held against what is decided of them now.

    `astray` says by finding whether it is suppressed by us all the same. What is to be written again, or is held because
    something works against it, keeps its mark: it counts the tries. Of the others those that are ours count as seen and
    suppressed, so that they can be released, and the rest is forgotten.
    """
    left = astray.keys() - _at_work(decided) if astray else frozenset()
    if not left:
        return
    marks = ledger.marks(organization, left)
    ours = [replace(one, state=SUPPRESSED, seen_at=now) for key, one in marks.items() if astray[key]]
    ledger.put_marks(ours)
    ledger.drop_marks(organization, [key for key in left if not astray[key]])


def _at_work(decided: Decided) -> frozenset[str]:
    """The findings that something is to be written to, or would be if nothing worked against it."""
    found: set[str] = set()
    for case, decision in decided.pairs:
        wanted = {id_ for update in decision.updates for id_ in update.ids}
        is_held = decision.verb is Verb.HELD
        found.update(one.finding for one in case.findings if is_held or (one.product, one.id) in wanted)
    return frozenset(found)
