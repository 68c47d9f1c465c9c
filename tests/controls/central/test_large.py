"""A large organization compiles to few edits; how long it takes is measured by the benchmarks, not here."""

from controls.central.large import large
from hubposture.controls.central.edits import PolicyKind
from hubposture.controls.central.effective import advance
from hubposture.controls.central.plan import plan_central


def test_a_thousand_accounts_come_to_their_wishes_and_stay() -> None:
    organization, state, wishes, ground = large()
    planned = plan_central(organization, state, wishes, ground=ground)
    edits = [change.edit for change in planned.plan.changes()]
    assert planned.problems == ()
    assert sum(edit.kind in (PolicyKind.CREATE, PolicyKind.UPDATE) for edit in edits) == 8
    assert planned.plan.places == 17_000
    assert 0 < planned.plan.weight < planned.plan.cells
    end = [state, *advance(state, edits)][-1]
    assert plan_central(organization, end, wishes, ground=ground).plan.count == 0
