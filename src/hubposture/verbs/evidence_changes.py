"""What was changed on controls in a period, by whom, in which run: from the ledger."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from hubposture.ports.hub import Progress
from hubposture.ports.ledger import Intent, Ledger, Run
from hubposture.views.audit import value
from hubposture.views.evidence.model import Done

_OF_CONTROLS = ("association", "parameters")
_OF_WAIVERS = "waiver "
_POLICIES = "policy"
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class _Same:
    """What changes of one run have in common that are told as one."""

    run: str
    kind: str
    key: str
    before: str
    after: str
    reason: str
    source: str
    outcome: str
    detail: str


@dataclass
class Changes:
    """Changes by control, and those that speak of no single control (standards, policies) under ''."""

    runs: dict[str, Run] = field(default_factory=dict)
    found: dict[str, dict[_Same, dict[str, list[str]]]] = field(default_factory=dict)

    def of(self, control: str) -> Sequence[Done]:
        """The changes of a control, the oldest run first."""
        made = []
        for same, places in self.found.get(control, {}).items():
            run = self.runs[same.run]
            where = tuple((account, tuple(sorted(regions))) for account, regions in sorted(places.items()))
            made.append(
                Done(
                    run.id, run.verb, run.started, run.who, run.commit, same.kind, same.key, same.before, same.after,
                    same.reason, same.source, same.outcome, same.detail, where,
                )
            )  # fmt: skip
        return sorted(
            made, key=lambda one: (one.run, one.kind, one.key, one.before, one.after, one.outcome, one.detail)
        )

    def take(self, run: Run, intent: Intent, controls: Collection[str]) -> None:
        """One change of a run, if it is of one of these controls or of none."""
        edit, place = intent.change.edit, intent.change.place
        if edit.kind in _OF_CONTROLS or edit.kind.startswith(_OF_WAIVERS):
            named = [one for one in edit.key if one in controls]
        elif edit.kind == "standard" or edit.kind.startswith(_POLICIES):
            named = [""]
        else:
            return
        for control in named:
            same = _same(run, intent)
            self.runs[run.id] = run
            places = self.found.setdefault(control, {}).setdefault(same, {})
            places.setdefault(place.account, []).append(place.region)


def _same(run: Run, intent: Intent) -> _Same:
    edit = intent.change.edit
    if edit.kind.startswith(_OF_WAIVERS):
        # Told by waiver, not by resource: what was before is a hash of notes, and the resources are in the lists.
        desired = edit.desired if isinstance(edit.desired, tuple) else ()
        after = " ".join(str(one) for one in desired[:3] if one)
        return _Same(run.id, edit.kind, "", "", after, edit.reason, edit.source, str(intent.state), intent.detail)
    return _Same(
        run.id, edit.kind, " ".join(edit.key), _short(value(edit.current)), _short(value(edit.desired)), edit.reason, edit.source,
        str(intent.state), intent.detail,
    )  # fmt: skip


def _short(text: str) -> str:
    """A value as it is told; contents of policies name every control."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} (cut, {len(text):,} signs)"


def read_changes(
    ledger: Ledger,
    organization: str,
    period: tuple[dt.datetime, dt.datetime],
    *,
    controls: Collection[str],
    is_in: Callable[[str], bool],
    progress: Progress | None,
) -> Changes:
    """The changes of the organization's runs in a period (aware moments), in the accounts that are in the part.

    Counted by when they were intended. A change without a result is told as it stands: intended, or sent.
    """
    begin, end = period
    found = Changes()
    runs = [run for run in ledger.runs_between(begin, end) if run.organization in (organization, "")]
    for number, run in enumerate(runs):
        if progress is not None:
            progress(number, len(runs))
        for intent in ledger.intents(run.id):
            place = intent.change.place
            if begin <= intent.intended < end and place.organization == organization and is_in(place.account):
                found.take(run, intent, controls)
    return found
