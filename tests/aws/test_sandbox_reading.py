"""The reader against the sandbox: what the world holds is what is read, under faults and quirks too."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from _pytest.mark import ParameterSet

from aws.sandboxed import CENTRAL, DARK, DATA, HOME, LINKED, WEB, Stage, stage
from hubposture.controls.state import Reading, TargetState, Universe, universe
from hubposture.model.controls import control_id
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.sandbox.quirks import Quirks, sample, singles

TARGETS = [Target("acme", account, region) for account in (WEB, DATA, DARK) for region in (HOME, LINKED)]


def survey(here: Stage) -> tuple[dict[Target, Reading], Universe]:
    reading = here.organization.read()
    definitions = here.hub.definitions(reading.organization, reading.organization.linked_regions)
    governance = here.organization.governance(reading, TARGETS)
    here.record.clear()
    everything = universe(definitions)
    return {one.target: one for one in here.hub.read(governance, everything, definitions)}, everything


def read(here: Stage) -> dict[Target, Reading]:
    return survey(here)[0]


def told(here: Stage) -> dict[Target, object]:
    """Everything read, in the words of the hub: universes of bits may differ, texts may name tries."""
    readings, everything = survey(here)
    return {target: spelled(one, everything) for target, one in readings.items()}


def spelled(one: Reading, everything: Universe) -> object:
    if isinstance(one, Unreadable):
        return one.because, one.expected
    known, enabled = (frozenset(everything.decode(mask)) for mask in (one.known, one.enabled))
    return one.governance, one.standards, one.settling, one.managed, known, enabled, one.parameters, one.updating


def test_what_the_world_holds_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    reading = here.organization.read()
    definitions = here.hub.definitions(reading.organization, reading.organization.linked_regions)
    everything = universe(definitions)
    readings = read(here)
    web = readings[Target("acme", WEB, HOME)]
    assert isinstance(web, TargetState)
    off = {(standard.key, control) for standard, control in everything.decode(web.known & ~web.enabled)}
    assert off == {("fsbp-1.0.0", "s3.8"), ("cis-5.0.0", "s3.8")}
    assert ("fsbp-1.0.0", "acm.1") not in {(s.key, c) for s, c in everything.decode(web.known)}
    assert dict(web.parameters)[control_id("IAM.7")] == (("MaxPasswordAge", 30),)
    hub_off, dark = readings[Target("acme", DATA, LINKED)], readings[Target("acme", DARK, HOME)]
    assert isinstance(hub_off, Unreadable)
    assert hub_off.because is Because.HUB_OFF
    assert isinstance(dark, Unreadable)
    assert dark.because is Because.NO_ROLE


def test_a_typical_target_keeps_the_promise_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    reading = here.organization.read()
    definitions = here.hub.definitions(reading.organization, (HOME,))
    everything = universe(definitions)
    target = Target("acme", DATA, HOME)
    governance = here.organization.governance(reading, [target])
    here.record.clear()
    (state,) = here.hub.read(governance, everything, definitions)
    assert isinstance(state, TargetState)
    pairs = state.known.bit_count()
    parametered = sum(
        1
        for control, one in definitions[HOME].controls.items()
        if one.parameters and everything.of_control.get(control, 0) & state.known
    )
    assert pairs > 350
    sent = sum(count for (_, service, _), count in here.record.counts.items() if service == "securityhub")
    assert sent <= 2 + -(-pairs // 100) + -(-parametered // 100)


def test_reading_under_faults_gives_what_reading_without_them_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    calm = told(stage(monkeypatch))
    rough = stage(monkeypatch)
    rough.sandbox.faults.update(
        {"throttled": 0.3, "server_error": 0.05, "reset": 0.05, "timeout": 0.02, "lost_answer": 0.05, "partial": 0.1}
    )
    assert told(rough) == calm


def named(quirks: Quirks) -> str:
    changed = [
        f"{one.name}={getattr(quirks, one.name)}" for one in fields(Quirks) if getattr(quirks, one.name) != one.default
    ]
    return ",".join(changed) or "defaults"


READING = (
    "reply_order", "id_casing", "missing_control", "unavailable_in_listing", "disabled_standard_read",
    "default_parameter_read", "empty_pages", "hub_off_error", "throttle_error",
)  # fmt: skip


def cases() -> Iterator[ParameterSet]:
    """The quirks that reading meets in the fast suite, the others in the whole one."""
    for quirks in singles():
        yield pytest.param(
            quirks, id=named(quirks), marks=() if named(quirks).startswith(READING) else pytest.mark.slow
        )


@pytest.mark.parametrize("quirks", list(cases()))
def test_no_single_quirk_changes_what_is_read(quirks: Quirks, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(stage(monkeypatch, quirks=quirks)) == _plain(monkeypatch)


@pytest.mark.parametrize("seed", range(5))
def test_no_mixture_of_quirks_changes_what_is_read(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(stage(monkeypatch, quirks=sample(seed))) == _plain(monkeypatch)


_KEPT: dict[str, dict[Target, object]] = {}


def _plain(monkeypatch: pytest.MonkeyPatch) -> dict[Target, object]:
    if "plain" not in _KEPT:
        _KEPT["plain"] = told(stage(monkeypatch))
    return _KEPT["plain"]


def test_centrally_governed_targets_are_read_with_their_reader_role_and_expected_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = read(stage(monkeypatch, CENTRAL))
    assert isinstance(readings[Target("acme", WEB, HOME)], TargetState)
    dark = readings[Target("acme", DARK, HOME)]
    assert isinstance(dark, Unreadable)
    assert (dark.because, dark.expected) == (Because.NO_ROLE, True)
