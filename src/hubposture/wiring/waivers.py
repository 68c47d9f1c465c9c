"""The waivers of a baseline, read from its files and beside what the ledger knows of their approvals."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath

from hubposture.aws.rules import AwsRules
from hubposture.aws.updates import AwsUpdates
from hubposture.catalog import load
from hubposture.connectors import github, gitlab
from hubposture.connectors.http import Http
from hubposture.connectors.patience import Patience
from hubposture.connectors.servicenow import ServiceNowRecords, patience_of, servicenow_http, shape_of, sign_in_of
from hubposture.errors import InputError
from hubposture.ledger.ledger import SqlLedger
from hubposture.ledger.ulid import Ulids
from hubposture.model.controls import ControlId
from hubposture.ports.approvals import Forge
from hubposture.ports.asking import Kind
from hubposture.ports.repository import FileMissing
from hubposture.settings.waivers import ForgeKind
from hubposture.verbs.notices import NoticeRules
from hubposture.verbs.plan import Planned
from hubposture.verbs.waiver_ask import drafted
from hubposture.verbs.waiver_book import Book, book
from hubposture.verbs.waiver_branch import Branch
from hubposture.verbs.waiver_commits import Commits
from hubposture.verbs.waiver_requests import Means as RequestMeans
from hubposture.verbs.waiver_reviews import Means as ReviewMeans
from hubposture.verbs.waivers import Means, Policy
from hubposture.waivers.calendar import window
from hubposture.waivers.plan import Guard
from hubposture.waivers.read import ReadWaivers, read_waivers
from hubposture.waivers.standing import ApprovalRules
from hubposture.waivers.waiver import SubjectSet, Waiver
from hubposture.wiring.connection import Connection
from hubposture.wiring.observing import observed
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import Store, findings_reader, naive
from hubposture.wiring.workplace import AUTHOR, Workplace

_KINDS = (".yaml", ".yml", ".subjects")


def waiver_files(at: Workplace, revision: str | None = None) -> dict[str, bytes]:
    """The files of waivers by their path in the repository: those of the directory, or the one list with its sets."""
    name = at.settings.files.waivers
    repository = at.repository
    if PurePosixPath(name).suffix in (".yaml", ".yml"):
        beside = PurePosixPath(name).parent.as_posix()
        paths = [name, *(one for one in repository.listing(beside, revision) if one.endswith(".subjects"))]
    else:
        paths = [one for one in repository.listing(name, revision) if one.endswith(_KINDS)]
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            found[path] = repository.read(path, revision)
        except FileMissing:
            continue
    return found


def read_baseline_waivers(at: Workplace, revision: str | None = None) -> ReadWaivers:
    """The waivers with everything that is wrong with their files."""
    return read_waivers(waiver_files(at, revision))


def waiver_path(at: Workplace, name: str) -> str:
    """Where a file of a waiver lies in the repository: in the directory of waivers, or beside the list."""
    place = PurePosixPath(at.settings.files.waivers)
    directory = place.parent if place.suffix in (".yaml", ".yml") else place
    return (directory / name).as_posix()


def approval_rules(at: Workplace) -> ApprovalRules:
    """What the settings take for an approval."""
    waivers = at.settings.waivers
    return ApprovalRules(record=waivers.system, max_days=waivers.max_days, provisional_days=waivers.provisional_days)


def read_book(at: Workplace, ledger: SqlLedger | None, revision: str | None = None) -> Book:
    """The waivers with where each stands today; without a ledger nothing is confirmed."""
    return book(
        read_baseline_waivers(at, revision),
        today=at.today,
        zone=at.settings.zone_info,
        rules=approval_rules(at),
        confirmations=ledger.confirmations() if ledger is not None else (),
    )


def waiver_means(
    connection: Connection, store: Store, *, planned: Callable[[], Planned], writes: bool = True, asks: bool = True
) -> Means:
    """What enforcing waivers needs. `planned` surveys and plans; it is asked only where scopes are observed."""
    at = connection.workplace
    ledger = store.ledger
    now = at.surroundings.now
    observe = connection.settings.observe
    return Means(
        organization=connection.name,
        instance=at.settings.instance,
        who=at.who(),
        commit=at.commit,
        lake=store.reader,
        writer=store.writer,
        ledger=ledger,
        catalog=load(),
        zone=at.settings.zone_info,
        now=lambda: naive(now()),
        today=at.today,
        policy=_policy(at, baseline_is_older(at, ledger.applied(connection.name))),
        is_observed=observed(observe.waivers, observe.holds_for_waivers, planned),
        calls=connection.calls,
        reader=findings_reader(connection, ledger) if asks else None,
        rules=AwsRules(connection.gateway, connection.pool) if asks else None,
        updater=_updater(connection) if writes else None,
    )


def _updater(connection: Connection) -> AwsUpdates:
    return AwsUpdates(connection.gateway, connection.pool, home=connection.settings.home_region)


def _policy(at: Workplace, older: str) -> Policy:
    waivers = at.settings.waivers
    return Policy(
        guard=Guard(waivers.max_suppress_share, waivers.max_release_share, waivers.share_from),
        window=window(waivers.release_days, waivers.release_hours),
        notices=NoticeRules(waivers.warn_days, waivers.unneeded_days),
        release_unapproved=waivers.release_unapproved,
        older=older,
    )


def baseline_is_older(at: Workplace, applied: Sequence[str]) -> str:
    """Why a baseline may release nothing: it is older than one that was applied, or nobody can tell; '' where it is not.

    `applied` are the commits that were applied of late, the newest run's first. All of them are looked at: an older
    baseline that was applied since, and suppressed something, does not make itself the newest.
    """
    commit = at.commit
    others = [one for one in applied if one != commit]
    if not others:
        return ""
    if not commit:
        return f"the baseline is not in git any more, and {applied[0][:12]} was applied last"
    for one in others:
        is_older = at.repository.is_ancestor(commit, one)
        if is_older:
            return f"the baseline {commit[:12]} is older than {one[:12]}, which was applied already"
        if is_older is None and one == applied[0]:
            return f"this clone does not hold {one[:12]}, which was applied last; fetch its history"
    return ""


@contextmanager
def request_means(at: Workplace, ledger: SqlLedger) -> Iterator[RequestMeans]:
    """What requests in ServiceNow need; its connections are closed in the end. Raises InputError where no instance is set."""
    waivers = at.settings.waivers
    now = at.surroundings.now
    with approval_records(at) as records:
        yield RequestMeans(
            ledger=ledger,
            records=records,
            commits=Commits(
                repository=at.repository,
                path=lambda name: waiver_path(at, name),
                branch=waivers.branch,
                author=AUTHOR,
                zone=at.settings.zone_info,
                remote=waivers.remote,
                unmerged=lambda waiver: unmerged_file(at, ledger, waiver),
            ),
            new_id=Ulids(now, os.urandom),
            now=lambda: naive(now()),
        )


def branch_of(at: Workplace) -> Branch:
    """Where waivers are committed."""
    name = at.settings.files.waivers
    is_list = PurePosixPath(name).suffix in (".yaml", ".yml")
    return Branch(
        repository=at.repository,
        path=lambda file: waiver_path(at, file),
        name=at.settings.waivers.branch,
        remote=at.settings.waivers.remote,
        list_file=name if is_list else "",
    )


def unmerged_waivers(at: Workplace, ledger: SqlLedger, name: str) -> list[Waiver]:
    """New waivers that were asked for and are not in the baseline yet, each with the file that it will stand in."""
    known = {one.id for one in read_baseline_waivers(at).waivers}
    branch = branch_of(at)
    drafts = [drafted(draft) for _, draft in ledger.asked(name) if draft.kind is Kind.NEW and draft.waiver not in known]
    return [replace(one, file=branch.list_file or waiver_path(at, f"{one.id}.yaml")) for one in drafts]


def unmerged_file(at: Workplace, ledger: SqlLedger, waiver: Waiver) -> bytes | None:
    """The file of a waiver that is not in the baseline yet, with it; None for one that is."""
    found = [one for name in at.settings.organizations for one in unmerged_waivers(at, ledger, name)]
    if waiver.id not in {one.id for one in found}:
        return None
    plain = replace(waiver, file="", source="")
    files = branch_of(at).new_files(plain, SubjectSet(()), head=(), shown=load().shown)
    return files[waiver.file]


@contextmanager
def approval_records(at: Workplace) -> Iterator[ServiceNowRecords]:
    """Records of the instance of the settings. Raises InputError where none is set."""
    settings = at.settings.waivers.servicenow
    if not settings.url:
        raise InputError("waivers.servicenow.url: no instance is set; docs/servicenow.md says how to set one up")
    catalog = load()
    sign_in = sign_in_of(settings, lambda reference: secret(reference, at.surroundings))
    with servicenow_http(
        settings.url, sign_in, clock=time.monotonic, sleep=time.sleep, patience=patience_of(settings)
    ) as http:
        shape = shape_of(settings, at.settings.zone_info)
        yield ServiceNowRecords(http, shape, shown=lambda control: catalog.shown(ControlId(control)))


@contextmanager
def review_means(at: Workplace, ledger: SqlLedger) -> Iterator[ReviewMeans]:
    """What reading reviews needs; its connections are closed in the end. Raises InputError where no forge is set."""
    place = PurePosixPath(waiver_path(at, "x")).parent.as_posix()
    with forge(at) as found:
        yield ReviewMeans(ledger, found, at.repository, "" if place == "." else place)


@contextmanager
def forge(at: Workplace) -> Iterator[Forge]:
    """The forge of the settings. Raises InputError where none is set."""
    settings = at.settings.waivers.forge
    if not settings.repository or settings.token_reference is None:
        raise InputError("waivers.forge: repository and token are needed to read reviews")
    token = secret(settings.token_reference, at.surroundings)
    is_github = settings.kind is ForgeKind.GITHUB
    module = github if is_github else gitlab
    with Http(
        settings.url or module.API,
        headers=lambda: module.headers(token),
        patience=Patience(),
        clock=time.monotonic,
        sleep=time.sleep,
        who="GitHub" if is_github else "GitLab",
    ) as http:
        yield github.GitHub(http, settings.repository) if is_github else gitlab.GitLab(http, settings.repository)
