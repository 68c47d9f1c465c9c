"""Packs of evidence that people ask for on the pages: made one after the other, kept for a day, told how far they are.

What is known of them lies beside their files, so that every process that shares the directory tells the same.
"""

import datetime as dt
import json
import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hubposture.errors import HubpostureError, Refusal
from hubposture.views.pages.reports import Made

KEPT = dt.timedelta(days=1)
_SILENT = dt.timedelta(minutes=2)
_BEAT_SECONDS = 20.0
_NAME = re.compile(r"[0-9A-Z]{26}")
_MOST = 20

Make = Callable[[BinaryIO], str]
"""Writes a pack; gives its digest."""


@dataclass(frozen=True, slots=True)
class Job:
    """A pack as it is kept: who may have it (`by`, in the rules' form), what it is of, and how far it is; naive UTC."""

    id: str
    by: str
    title: str
    at: dt.datetime
    beat: dt.datetime
    state: str = "making"
    detail: str = ""


class Packs:
    """The packs of one organization in a directory. Safe in threads and across processes."""

    def __init__(self, directory: Path, *, now: Callable[[], dt.datetime], new_id: Callable[[], str]) -> None:
        self._directory = directory
        self._now = now
        self._new_id = new_id

    def all(self) -> Sequence[tuple[Job, int]]:
        """Those of the last day with the size of their files, the newest first."""
        found = [job for path in self._paths() if (job := self._read(path)) is not None]
        return [(self._told(job), self._size(job)) for job in sorted(found, key=lambda one: one.id, reverse=True)]

    def path(self, name: str) -> tuple[Job, Path] | None:
        """A pack that is ready, by its id; None for any other."""
        if _NAME.fullmatch(name) is None:
            return None
        job = self._read(self._directory / f"{name}.json")
        path = self._directory / f"{name}.zip"
        return (job, path) if job is not None and job.state == "ready" and path.is_file() else None

    def begin(self, by: str, title: str, make: Make) -> Job:
        """Begin to make a pack in the background.

        Raises Refusal where one is being made, too many are kept, or nothing can be written here.
        """
        self.tidy()
        there = self.all()
        if any(job.state == "making" for job, _ in there):
            raise Refusal("a pack is being made already; wait until it is ready")
        if len(there) >= _MOST:
            raise Refusal(f"{_MOST} packs of the last day are kept; they go after a day")
        now = self._now()
        job = Job(self._new_id(), by, title, now, now)
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(job)
        except OSError as error:
            why = error.strerror or str(error)
            raise Refusal(
                f"packs cannot be kept in .hubposture/packs of the baseline: {why}; make it on the command line"
            ) from error
        threading.Thread(target=self._run, args=(job, make), name=f"pack {job.id}", daemon=True).start()
        return job

    def tidy(self) -> None:
        """Delete what is older than a day."""
        for path in self._paths():
            job = self._read(path)
            if job is None or job.at < self._now() - KEPT:
                for end in (".json", ".zip", ".part"):
                    path.with_suffix(end).unlink(missing_ok=True)

    def _run(self, job: Job, make: Make) -> None:
        done = threading.Event()
        beating = threading.Thread(target=self._beat, args=(job, done), daemon=True)
        beating.start()
        part = self._directory / f"{job.id}.part"
        try:
            with part.open("w+b") as file:
                digest = make(file)
            part.replace(self._directory / f"{job.id}.zip")
            ended = replace(job, state="ready", detail=digest)
        except (HubpostureError, OSError) as error:
            ended = replace(job, state="failed", detail=str(error)[:500])
        except Exception as error:  # noqa: BLE001 - a defect ends this pack and is told as one; nothing else stops
            ended = replace(job, state="failed", detail=f"a defect of hubposture: {type(error).__name__}")
        part.unlink(missing_ok=True)
        done.set()
        beating.join()
        self._write(replace(ended, beat=self._now()))

    def _beat(self, job: Job, done: threading.Event) -> None:
        """Say again and again that it is still being made: a process that is killed falls silent."""
        while not done.wait(_BEAT_SECONDS):
            self._write(replace(job, beat=self._now()))

    def _told(self, job: Job) -> Job:
        if job.state == "making" and job.beat < self._now() - _SILENT:
            return replace(job, state="interrupted", detail="the service was restarted meanwhile; make it again")
        return job

    def _paths(self) -> Sequence[Path]:
        if not self._directory.is_dir():
            return ()
        return [path for path in sorted(self._directory.glob("*.json")) if _NAME.fullmatch(path.stem)]

    def _size(self, job: Job) -> int:
        path = self._directory / f"{job.id}.zip"
        return path.stat().st_size if path.is_file() else 0

    def _read(self, path: Path) -> Job | None:
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            times = {name: dt.datetime.fromisoformat(raw[name]) for name in ("at", "beat")}
            return Job(**{**raw, **times})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, job: Job) -> None:
        text = json.dumps(
            {
                name: value.isoformat() if isinstance(value, dt.datetime) else value
                for name, value in asdict(job).items()
            }
        )
        path = self._directory / f"{job.id}.json"
        part = self._directory / f"{job.id}.{os.getpid()}.{threading.get_ident()}.tmp"
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def made_of(job: Job, size: int) -> Made:
    """A pack as the page shows it."""
    return Made(job.id, job.title, job.by, job.at, job.state, size, job.detail)
