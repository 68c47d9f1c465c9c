"""The emulated organization: in this process, or served on this machine."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubposture.errors import InputError
from hubposture.sandbox import population
from hubposture.sandbox.clock import RealClock, VirtualClock
from hubposture.sandbox.engine import LABEL
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.hubs import Timing
from hubposture.sandbox.quirks import from_mapping as quirks_of
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import Server, serve
from hubposture.sandbox.storage import restore
from hubposture.sandbox.world import OrganizationSpec
from hubposture.wiring.surroundings import Surroundings, utc_now
from hubposture.wiring.workplace import SANDBOX_VARIABLE

SANDBOX_REGION = "eu-central-1"
_IN_PROCESS_THREADS = "8"
"""Answers come at once here, and every thread that waits moves the one clock: more would only make time fly."""
_PAST = dt.timedelta(days=45)
"""What resources of a new rehearsal have behind them."""
_SERVED_PACE = 0.05
"""On the real clock what takes AWS a minute takes the sandbox some seconds."""


def rehearsal(
    *, accounts: int = 12, central: bool = False, seed: int = 7, start: dt.datetime | None = None
) -> tuple[Sandbox, Surroundings]:
    """An emulated organization in this process, and surroundings in which every AWS client talks to it.

    Its clock begins at `start` (now) and stands still but for waiting; its findings have a past of some weeks by then. The
    process's AWS variables are replaced by the emulated administrator's, so that nothing can reach a real account.
    """
    spec = population.organization(seed=seed, accounts=accounts, central=central)
    clock = VirtualClock(start or utc_now())
    living = population.findings(spec, seed=seed, start=clock.now() - _PAST)
    box = Sandbox(spec, clock=clock, seed=seed, findings=living)
    keys = box.keys(spec.administrator)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID=keys.access_key, AWS_SECRET_ACCESS_KEY=keys.secret_key, AWS_DEFAULT_REGION=SANDBOX_REGION
    )
    os.environ["HUBPOSTURE_SANDBOX_EXTERNAL_ID"] = population.EXTERNAL_ID
    around = Surroundings(
        now=clock.now,
        clock=lambda: clock.now().timestamp(),
        sleep=box.wait,
        attach=box.connect,
        environ={"HUBPOSTURE_LIMITS_THREADS": _IN_PROCESS_THREADS, **os.environ},
    )
    return box, around


@dataclass(frozen=True)
class Served:
    """A sandbox that is being served: where, as whom to call it, and what it is."""

    server: Server
    spec: OrganizationSpec
    label: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url

    @property
    def now(self) -> dt.datetime:
        """The time in the sandbox."""
        return self.server.sandbox.clock.now()

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which boto3, the AWS CLI and hubposture talk to it as the administrator."""
        keys = self.server.sandbox.keys(self.spec.administrator)
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_DEFAULT_REGION": self.spec.home_region,
            "HUBPOSTURE_SANDBOX_EXTERNAL_ID": population.EXTERNAL_ID,
            SANDBOX_VARIABLE: self.url,
        }

    @property
    def queue(self) -> str:
        """The URL of the queue of findings events."""
        return self.server.sandbox.events.url

    def wait(self) -> None:
        """Until it is stopped or interrupted."""
        self.server.wait()


@contextmanager
def serve_sandbox(
    *, port: int, accounts: int, central: bool, directory: Path, quirks: Mapping[str, str]
) -> Iterator[Served]:
    """Serve an emulated organization on 127.0.0.1, on the real clock, going on from the state in `directory`.

    `quirks` gives values of undocumented behaviours by name. Raises InputError for one that does not exist.
    """
    try:
        chosen = quirks_of(dict(quirks))
    except ValueError as error:
        raise InputError(f"--quirk: {error}; docs/quirks.md describes them") from error
    spec = population.organization(accounts=accounts, central=central)

    def build() -> Sandbox:
        return Sandbox(
            spec,
            clock=RealClock(),
            timing=Timing().scaled(_SERVED_PACE),
            quirks=chosen,
            findings=population.findings(spec, start=utc_now() - _PAST, quirks=FindingQuirks.of(chosen)),
        )

    box = build()
    restore(box, directory)
    with serve(box, port=port, directory=directory, rebuild=build) as server:
        yield Served(server, spec, LABEL)
