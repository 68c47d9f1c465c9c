"""Bring DefectDojo in line with the checks.

    current = means.dojo.look()
    subjects = snapshot.work(current.subjects)      # all that fails, and all that has a finding there
    result = dojo_sync(means, current, subjects)

What is looked at is planned as a whole, guarded as a whole, and then done place by place; one failing stops no other.
"""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubposture.errors import RemoteError, RemoteRefused
from hubposture.ports.dojo import Dojo
from hubposture.ports.hub import Progress
from hubposture.waivers.waiver import Waiver
from hubposture.work.dojo import (
    AcceptanceChange,
    Current,
    Do,
    DojoPlan,
    Evidence,
    FindingPatch,
    Place,
    Upload,
    by_id,
)
from hubposture.work.dojo_desired import Layout, desired
from hubposture.work.dojo_plan import CloseGuard, Role, held_uploads, plan_dojo, role_of
from hubposture.work.dojo_result import DojoFailure, DojoPlanned, DojoResult, Uploaded
from hubposture.work.subject import Subject


@dataclass(frozen=True)
class Means:
    """What syncing needs. `waivers` are those of the baseline by id, `evidence` is by subject; both may be empty.

    `allowed` are places in which more may be closed than the guard lets; None allows it everywhere.
    """

    dojo: Dojo
    layout: Layout
    guard: CloseGuard = field(default_factory=CloseGuard)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    allowed: Collection[Place] | None = ()


def plan_sync(means: Means, current: Current, subjects: Sequence[Subject]) -> DojoPlanned:
    """What a sync would do now."""
    wanted = desired(subjects, means.layout, waivers=means.waivers, evidence=means.evidence)
    plan = plan_dojo(current, wanted)
    held = () if means.allowed is None else held_uploads(plan, means.guard, allowed=means.allowed)
    if held:
        plan = plan_dojo(current, wanted, frozen={one.place for one in held})
    unknown = sum(
        role_of(one, place, wanted) is Role.KEPT for place, test in current.tests.items() for one in test.findings
    )
    return DojoPlanned(plan, held, current.unread, unknown, wanted)


def dojo_sync(
    means: Means, current: Current, subjects: Sequence[Subject], *, progress: Progress | None = None
) -> DojoResult:
    """Do what a sync should do. Raises nothing remote: what failed is in the result, and the next sync does the rest."""
    planned = plan_sync(means, current, subjects)
    run = _Run(means.dojo, current, planned, progress)
    run.do()
    return run.result()


class _Run:
    """One sync."""

    def __init__(self, dojo: Dojo, current: Current, planned: DojoPlanned, progress: Progress | None) -> None:
        self._dojo = dojo
        self._current = current
        self._planned = planned
        self._progress = progress
        self._frozen = {one.place for one in planned.held}
        self._uploads: list[tuple[Upload, Uploaded]] = []
        self._failures: list[DojoFailure] = []
        self._accepted = dict.fromkeys(Do, 0)
        self._patched = 0
        self._missing: tuple[tuple[Place, str], ...] = ()
        self._stopped = ""

    def do(self) -> None:
        """Take out of acceptances, upload, read again, bring fields in line, accept."""
        plan = self._planned.plan
        touched = {place for one in plan.lifts if self._accept(one) for place in self._places_of(one)}
        for number, upload in enumerate(plan.uploads, start=1):
            if self._upload(upload):
                touched.add(upload.place)
            else:
                self._frozen.add(upload.place)
            if self._progress is not None:
                self._progress(number, len(plan.uploads))
        self._read_again(touched - self._frozen)
        if touched and not self._read_acceptances():
            return
        rest = self._plan_again()
        self._missing = rest.missing
        for patch in rest.patches:
            self._patch(patch)
        for change in rest.acceptances:
            self._accept(change)

    def result(self) -> DojoResult:
        """What was done."""
        return DojoResult(
            planned=self._planned,
            uploads=tuple(self._uploads),
            patched=self._patched,
            accepted=self._accepted,
            failures=tuple(self._failures),
            missing=self._missing,
            stopped=self._stopped,
            calls=self._dojo.calls,
        )

    def _plan_again(self) -> DojoPlan:
        """What is left now that the files are there; places of which nothing certain is known stay as they are."""
        uploaded = {one.place for one, _ in self._uploads}
        return plan_dojo(self._current, self._planned.desired, uploaded=uploaded, frozen=self._frozen)

    def _places_of(self, change: AcceptanceChange) -> set[Place]:
        """Places whose findings an acceptance had."""
        known = by_id(self._current.tests.values())
        had = next((one.findings for one in self._current.acceptances if one.id == change.id), ())
        return {known[number][0].place for number in had if number in known}

    def _upload(self, upload: Upload) -> bool:
        def send() -> None:
            self._uploads.append((upload, self._dojo.upload(upload)))

        return self._try(str(upload.place), send)

    def _accept(self, change: AcceptanceChange) -> bool:
        where = f"risk acceptance {change.name} in {change.product}"
        is_done = self._try(where, lambda: self._dojo.accept(change))
        self._accepted[change.do] += is_done
        return is_done

    def _patch(self, patch: FindingPatch) -> None:
        where = f"finding {patch.id} in {patch.place}"

        def change() -> None:
            if lost := self._dojo.patch(patch):
                self._failures.append(DojoFailure(where, f"{', '.join(lost)} did not stay as written"))
            else:
                self._patched += 1

        self._try(where, change)

    def _read_again(self, places: Collection[Place]) -> None:
        for place in sorted(places):
            if not self._try(str(place), functools.partial(self._read_one, place)):
                self._frozen.add(place)

    def _read_one(self, place: Place) -> None:
        found = self._dojo.read_test(place)
        others = {where: test for where, test in self._current.tests.items() if where != place}
        self._current = replace(self._current, tests=others if found is None else {**others, place: found})

    def _read_acceptances(self) -> bool:
        def read() -> None:
            self._current = replace(self._current, acceptances=tuple(self._dojo.read_acceptances()))

        return self._try("risk acceptances", read)

    def _try(self, where: str, act: Callable[[], None]) -> bool:
        """Do one thing, and remember why it failed; nothing more is tried once the key is no longer taken."""
        if self._stopped:
            return False
        try:
            act()
        except RemoteError as error:
            if isinstance(error, RemoteRefused) and error.code == "401":
                self._stopped = str(error)
            else:
                self._failures.append(DojoFailure(where, str(error)))
            return False
        return True
