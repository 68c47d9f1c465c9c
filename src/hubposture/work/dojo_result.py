"""What bringing DefectDojo in line would do, and did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.work.dojo import Desired, Do, DojoPlan, HeldUpload, Place, Upload
from hubposture.work.dojo_verify import DojoDisagreement


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What an upload did, by the server's own count. `test` is its test, `files` how many files it took.

    With more than one file nothing was closed: what should be is closed one by one afterwards.
    """

    test: int
    created: int = 0
    reopened: int = 0
    closed: int = 0
    files: int = 1


@dataclass(frozen=True)
class DojoPlanned:
    """What a sync would do. `held` are uploads that the guard refuses; nothing changes in their tests.

    `unread` are places that could not be read, with why. `unknown` counts findings of which nothing is known: they stay
    as they are.
    """

    plan: DojoPlan
    held: tuple[HeldUpload, ...]
    unread: Mapping[Place, str]
    unknown: int
    desired: Desired


@dataclass(frozen=True, slots=True)
class DojoFailure:
    """Something that was not done: where, and why."""

    where: str
    why: str


@dataclass(frozen=True)
class DojoResult:
    """What a sync did. `patched` counts findings, `accepted` risk acceptances by what was done.

    `missing` are findings that were uploaded and are not there. `stopped` says why nothing more was tried; ''.
    """

    planned: DojoPlanned
    uploads: tuple[tuple[Upload, Uploaded], ...] = ()
    patched: int = 0
    accepted: Mapping[Do, int] = field(default_factory=dict)
    failures: tuple[DojoFailure, ...] = ()
    missing: tuple[tuple[Place, str], ...] = ()
    stopped: str = ""
    calls: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether everything was done that should be."""
        return not (self.failures or self.missing or self.stopped or self.planned.held or self.planned.unread)


@dataclass(frozen=True)
class DojoVerified:
    """What verifying found. `findings` were looked at; `unknown` of them nothing is known of now: they agree with anything.

    `unread` are places that could not be read, with why: nothing is said of them.
    """

    disagreements: tuple[DojoDisagreement, ...]
    findings: int
    unknown: int
    unread: Mapping[Place, str]
