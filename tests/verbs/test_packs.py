"""Packs that are made in the background: one at a time, gone after a day, and an end of the process is told."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from hubposture.errors import InputError, Refusal
from hubposture.verbs.packs import Packs

NOW = dt.datetime(2026, 11, 24, 12)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def packs(tmp_path: Path, clock: Clock) -> Packs:
    names: Iterator[str] = (f"01{number:024}" for number in range(100))
    return Packs(tmp_path / "packs", now=clock, new_id=lambda: next(names))


def ended(packs: Packs) -> str:
    for _ in range(500):
        (job, _), *_ = packs.all()
        if job.state != "making":
            return job.state
        time.sleep(0.01)
    raise AssertionError("it does not end")


def writes(file: BinaryIO) -> str:
    file.write(b"pack")
    return "digest"


def test_a_pack_is_made_and_goes_after_a_day(packs: Packs, clock: Clock) -> None:
    job = packs.begin("kim", "CIS", writes)
    assert ended(packs) == "ready"
    found = packs.path(job.id)
    assert found is not None
    assert found[1].read_bytes() == b"pack"
    clock.now += dt.timedelta(hours=25)
    packs.tidy()
    assert packs.path(job.id) is None
    assert packs.all() == []


def test_one_is_made_at_a_time_and_one_that_fell_silent_is_told(packs: Packs, clock: Clock) -> None:
    go = threading.Event()

    def waits(file: BinaryIO) -> str:
        go.wait(20)
        return writes(file)

    packs.begin("kim", "CIS", waits)
    with pytest.raises(Refusal, match="being made"):
        packs.begin("lee", "CIS", writes)
    clock.now += dt.timedelta(minutes=3)
    ((job, _),) = packs.all()
    assert job.state == "interrupted"
    go.set()
    assert ended(packs) in ("ready", "interrupted")


def test_what_goes_wrong_is_told_and_leaves_no_file(packs: Packs, tmp_path: Path) -> None:
    def fails(file: BinaryIO) -> str:
        file.write(b"x")
        raise InputError("nothing was synced")

    def breaks(file: BinaryIO) -> str:
        raise KeyError("secret")

    for make, said in ((fails, "nothing was synced"), (breaks, "a defect of hubposture: KeyError")):
        packs.begin("kim", "CIS", make)
        assert ended(packs) == "failed"
        assert packs.all()[0][0].detail == said
    assert sorted(one.suffix for one in (tmp_path / "packs").iterdir()) == [".json", ".json"]


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    packs = Packs(tmp_path / "file" / "packs", now=lambda: NOW, new_id=lambda: "01" + "0" * 24)
    with pytest.raises(Refusal, match="cannot be kept"):
        packs.begin("kim", "CIS", writes)


@pytest.mark.parametrize("name", ["", "../x", "01" + "0" * 24 + "/..", "x" * 26, "01" + "0" * 24])
def test_names_that_are_none_lead_nowhere(packs: Packs, name: str) -> None:
    assert packs.path(name) is None
