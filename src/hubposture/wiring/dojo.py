"""DefectDojo by the settings: the connection, and what syncing needs."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hubposture.connectors.defectdojo import DefectDojo, defectdojo_http
from hubposture.connectors.patience import Patience
from hubposture.errors import InputError, InputErrors
from hubposture.owners.team import Team, Via
from hubposture.settings.defectdojo import DojoTeams
from hubposture.verbs.dojo_sync import Means
from hubposture.wiring.owners import read_teams_file
from hubposture.wiring.secrets import secret
from hubposture.wiring.waivers import read_baseline_waivers
from hubposture.wiring.workplace import Workplace
from hubposture.work.dojo import Evidence
from hubposture.work.dojo_desired import Layout
from hubposture.work.dojo_plan import CloseGuard

_BUDGET_SECONDS = 240.0
"""How long a request is tried again at least."""


@contextmanager
def dojo_means(
    at: Workplace,
    *,
    product_types: Mapping[str, str] | None = None,
    evidence: Mapping[str, Evidence] | None = None,
    allow_close: bool = False,
) -> Iterator[Means]:
    """What syncing and verifying need; the connection is closed in the end.

    `product_types` are product types of accounts by id (the OU of each); `allow_close` takes the guard away. Raises
    InputError where no instance is set, InputErrors for a broken teams.yaml: it says where subjects belong.
    """
    with dojo(at) as found:
        yield Means(
            dojo=found,
            layout=dojo_layout(at, product_types or {}),
            guard=CloseGuard(),
            waivers={one.id: one for one in read_baseline_waivers(at).waivers},
            evidence=evidence or {},
            allowed=None if allow_close else (),
        )


def dojo_layout(at: Workplace, product_types: Mapping[str, str]) -> Layout:
    """Where subjects go, by the settings and the teams. Raises InputErrors for a broken teams.yaml."""
    read = read_teams_file(at)
    if read is not None and read.problems:
        raise InputErrors(read.problems)
    teams = () if read is None else read.teams.teams
    settings = at.settings.defectdojo
    is_all = settings.teams is DojoTeams.ALL
    served: tuple[Team, ...] = tuple(one for one in teams if is_all or one.via is Via.DEFECTDOJO)
    return Layout(
        product_type=settings.product_type,
        product_types=dict(product_types),
        products={one.name: one.defectdojo_product for one in served if one.defectdojo_product},
        teams=None if is_all else frozenset(one.name for one in served),
    )


@contextmanager
def dojo(at: Workplace) -> Iterator[DefectDojo]:
    """The instance of the settings. Raises InputError where none is set."""
    settings = at.settings.defectdojo
    reference = settings.token_reference
    if not settings.url or reference is None:
        raise InputError("defectdojo.url: no instance is set; docs/defectdojo.md says how to set one up")
    seconds = float(settings.timeout_seconds)
    patience = Patience(answer_seconds=seconds, budget_seconds=max(_BUDGET_SECONDS, seconds))
    with defectdojo_http(
        settings.url,
        secret(reference, at.surroundings),
        clock=time.monotonic,
        sleep=time.sleep,
        patience=patience,
    ) as http:
        yield DefectDojo(
            http,
            engagement=settings.engagement,
            instance=at.settings.instance,
            lead=settings.lead,
            owner=settings.owner,
        )
