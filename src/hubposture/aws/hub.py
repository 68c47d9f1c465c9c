"""Security Hub behind `ports.hub.HubReader`: definitions, targets and reasons, many at once."""

import logging
from collections.abc import Iterator, Mapping, Sequence

from hubposture.aws.definitions import read_definitions
from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.aws.reasons import read_reasons
from hubposture.aws.targets import TargetReader, unreadable
from hubposture.controls.definitions import Definitions, RegionDefinitions
from hubposture.controls.state import Reading, Universe
from hubposture.errors import RemoteError
from hubposture.model.organization import Organization
from hubposture.model.targets import Because, Governance, Target, Unreadable
from hubposture.ports.hub import Progress

_log = logging.getLogger(__name__)


class AwsHub:
    """Reads Security Hub with the reader role of each account, and with the administrator's for definitions."""

    def __init__(self, gateway: Gateway, pool: Pool) -> None:
        self._gateway = gateway
        self._pool = pool

    def definitions(self, organization: Organization, regions: Sequence[str]) -> Definitions:
        """Controls and standards of each Region; see `ports.hub.HubReader.definitions`."""
        found: dict[str, RegionDefinitions] = {}
        for region, answer in self._pool.spread(lambda one: read_definitions(self._gateway, one), regions):
            if isinstance(answer, RemoteError):
                _log.warning("%s: no definitions of %s: %s", organization.name, region, answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                found[region] = answer
        return dict(sorted(found.items()))

    def read(
        self,
        targets: Mapping[Target, Governance | Unreadable],
        universe: Universe,
        definitions: Definitions,
        *,
        progress: Progress | None = None,
    ) -> Iterator[Reading]:
        """Every target's state, as it comes; see `ports.hub.HubReader.read`."""
        reader = TargetReader(self._gateway, universe, definitions)
        answers = self._pool.spread(lambda one: reader.read(one, targets[one]), in_turn(targets))
        for done, (target, answer) in enumerate(answers, start=1):
            if progress is not None:
                progress(done, len(targets))
            yield _isolated(target, targets[target], answer)

    def reasons(self, target: Target, controls: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Why controls are off in a target, and since when; see `ports.hub.HubReader.reasons`."""
        return read_reasons(self._gateway, target, controls)


def in_turn(targets: Mapping[Target, object]) -> list[Target]:
    """Targets in an order that spreads accounts and Regions, so that neighbours do not share a quota."""
    return sorted(targets, key=lambda one: (one.region, one.account))


def _isolated(target: Target, governance: Governance | Unreadable, answer: Reading | Exception) -> Reading:
    """A target's reading; a defect of ours becomes its reason, is logged in full, and stops no other target."""
    if not isinstance(answer, Exception):
        return answer
    if isinstance(governance, Unreadable):
        return governance
    if isinstance(answer, RemoteError):
        return unreadable(target, governance, answer)
    _log.error("%s could not be read", target, exc_info=answer)
    return Unreadable(target, Because.REMOTE, f"{type(answer).__name__}: {answer}")
