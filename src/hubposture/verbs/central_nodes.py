"""What the matrix wants of every account, OU and the root, as the input of the central compile."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.controls.central.effective import Standing, standings_now
from hubposture.controls.central.tree import Tree, tree_of
from hubposture.controls.central.types import SELF_MANAGED, CentralState, Content, ListForm, Profile
from hubposture.controls.central.wishes import Govern, NodeWish, RegionWish, Unlisted, region_wish
from hubposture.controls.central.wishes import Wishes as NodeWishes
from hubposture.controls.desired import Wish
from hubposture.controls.state import TargetState
from hubposture.errors import InputErrors, Problem
from hubposture.matrix.resolve import resolve
from hubposture.model.controls import ControlId, Standard
from hubposture.model.organization import Account, Organization
from hubposture.model.parameters import Parameters
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.reconcile.plan import Held
from hubposture.verbs.plan import Planned, Wishes
from hubposture.verbs.survey import Survey

_TIE = "two rows of equal rank disagree, so it keeps what its policy says"


@dataclass(frozen=True, slots=True)
class CentralChoices:
    """What the settings say of central configuration.

    `central` and `self_managed` name OUs (id or path) and accounts that change how they are governed; `*_source` are
    the settings keys. `by_account` is whether targets outside policies are written too (mode auto, not central).
    """

    unlisted: Unlisted
    unlisted_source: str
    central: tuple[str, ...] = ()
    self_managed: tuple[str, ...] = ()
    govern_source: str = ""
    by_account: bool = True
    disable_standards: bool = False


def newcomers(organization: Organization) -> Organization:
    """The organization with one more account in every unit, without tags and with an id that says so."""
    accounts = {
        name: Account(name, name, unit.id) for unit in organization.units.values() for name in [newcomer(unit.id)]
    }
    return replace(organization, accounts={**organization.accounts, **accounts})


def newcomer(unit: str) -> str:
    """The id that stands for a new account in a unit."""
    return f"new account in {unit}"


class Nodes:
    """Makes the wish of every node; equal Regions share one object, and so do equal accounts."""

    def __init__(self, planned: Planned, state: CentralState, choices: CentralChoices, *, today: dt.date) -> None:
        self._survey: Survey = planned.survey
        self._organization = planned.survey.organization
        self._choices = choices
        self._state = state
        self._tree: Tree = tree_of(self._organization)
        self._now: Mapping[str, Standing] = standings_now(self._organization, state)
        self._ours: Mapping[str, Content] = {policy.id: policy.content for policy in state.ours}
        self._readings = {one.target: one for one in self._survey.readings if isinstance(one, TargetState)}
        self._regions = [one for one in sorted(self._organization.linked_regions) if one in self._survey.definitions]
        self._named = _named(self._organization, choices)
        with_new = newcomers(self._organization)
        labels = resolve(planned.resolution.matrix, with_new, self._organization.linked_regions, today=today)
        self._wishes = planned.wishes
        self._labels = Wishes(labels, self._survey.universe, self._survey.definitions, planned.rules)
        self._ties = {**labels.held, **planned.resolution.held}
        self._region_wishes: dict[tuple[object, ...], RegionWish] = {}
        self._shared: dict[tuple[tuple[str, int], ...], tuple[tuple[str, RegionWish], ...]] = {}
        self.tied: list[Held] = []
        self.spared: list[Held] = []

    def wishes(self) -> NodeWishes:
        """The wish of every unit and of every live account."""
        accounts = [one.id for one in self._organization.accounts.values() if one.state.is_live]
        return {node: self._wish(node) for node in (*self._organization.units, *accounts)}

    def _wish(self, node: str) -> NodeWish:
        govern, source = self._govern(node)
        content = self._ours.get(self._now[node].policy)
        tie = self._tie(node)
        if tie and (content is not None or (govern is Govern.CENTRAL and not self._tree.is_account(node))):
            shown = () if self._tree.is_account(node) else (self._tree.shown[node],)
            self.tied.append(Held(self._place(node), shown, f"{_TIE}: {tie}"))
        if tie:
            govern = Govern.KEEP
        if tie and isinstance(content, Profile):
            unlisted, regions = self._as_it_is(content)
        else:
            unlisted, regions = self._choices.unlisted, self._in_regions(node, content, comes=govern is Govern.CENTRAL)
        return NodeWish(
            regions=regions,
            unlisted=unlisted,
            unlisted_source=self._choices.unlisted_source,
            govern=govern,
            govern_source=source if govern is not Govern.KEEP else "",
            declarative=self._declarative(node),
        )

    def _place(self, node: str) -> Target:
        account = node if self._tree.is_account(node) else self._organization.administrator
        return Target(self._organization.name, account, self._organization.home_region)

    def _govern(self, node: str) -> tuple[Govern, str]:
        """The nearest node that the settings name decides, unless something nearer has an association not ours.

        An account that is kept out that way is told of, whoever made the association.
        """
        between = ""
        for at in self._tree.upward(node):
            if at in self._named:
                if not between:
                    return self._named[at]
                if self._named[at][0] is Govern.CENTRAL and self._tree.is_account(node):
                    self.spared.append(Held(self._place(node), ("governance",), self._spared(at, between)))
                break
            applied = self._state.applied.get(at)
            if applied is not None and applied.policy not in self._ours:
                between = between or at
        return Govern.KEEP, ""

    def _spared(self, named: str, between: str) -> str:
        policy = self._state.applied[between].policy
        what = "left to itself" if policy == SELF_MANAGED else "under a policy that is not ours"
        shown = self._tree.shown
        return (
            f"{shown[named]} is to be governed by policies, but this is {what} by the association of {shown[between]}; "
            "name it in govern.central to bring it under policies too"
        )

    def _targets(self, node: str) -> list[Target]:
        account = node if self._tree.is_account(node) else newcomer(node)
        return [Target(self._organization.name, account, region) for region in self._regions]

    def _tie(self, node: str) -> str:
        return next((self._ties[target] for target in self._targets(node) if target in self._ties), "")

    def _declarative(self, node: str) -> str:
        """The Organizations policy that governs an account in some Region, or may do so."""
        if not self._tree.is_account(node):
            return ""
        for target in self._targets(node):
            match self._survey.governance.get(target):
                case Governance(way=Way.DECLARATIVE, by=by):
                    return by or "of an unknown name"
                case Unreadable(because=Because.DENIED):
                    return "that may be there and cannot be read"
        return ""

    def _in_regions(self, node: str, content: Content | None, *, comes: bool) -> tuple[tuple[str, RegionWish], ...]:
        wishes = self._wishes if self._tree.is_account(node) else self._labels
        found = []
        for target in self._targets(node):
            standards, parameters = self._has(target, content, comes=comes)
            found.append((target.region, self._region_wish(wishes.of(target), standards, parameters)))
        key = tuple((region, id(one)) for region, one in found)
        return self._shared.setdefault(key, tuple(found))

    def _has(
        self, target: Target, content: Content | None, *, comes: bool
    ) -> tuple[frozenset[Standard], tuple[tuple[ControlId, Parameters], ...]]:
        """What a row may leave as it is: what the policy says, or for accounts that come, what was read in them.

        Where an account cannot be read, nothing: central configuration must do with the administrator's role alone.
        """
        if isinstance(content, Profile):
            return content.standards, content.parameters
        reading = self._readings.get(target)
        if content is None and comes and reading is not None:
            return reading.standards | reading.settling, reading.parameters
        return frozenset(), ()

    def _region_wish(
        self, wish: Wish, standards: frozenset[Standard], parameters: Sequence[tuple[ControlId, Parameters]]
    ) -> RegionWish:
        key = (id(wish), standards, tuple(parameters))
        if key not in self._region_wishes:
            if not self._choices.disable_standards:
                stays = {
                    one: intent for one, intent in wish.standards.items() if intent.enabled or one not in standards
                }
                wish = replace(wish, standards=stays)
            now = {control: values for control, values in parameters if control in wish.intents}
            others = [(control, values) for control, values in parameters if control not in wish.intents]
            made = region_wish(wish, standards_now=standards, parameters_now=now)
            whole = tuple(sorted([*made.parameters, *others]))
            self._region_wishes[key] = replace(made, parameters=whole)
        return self._region_wishes[key]

    def _as_it_is(self, content: Profile) -> tuple[Unlisted, tuple[tuple[str, RegionWish], ...]]:
        """The wish for exactly what a policy says today."""
        universe = self._survey.universe
        listed = 0
        for control in content.controls:
            listed |= universe.of_control.get(control, 0)
        everything = universe.encode(universe.pairs)
        is_enabled = content.form is ListForm.ENABLED
        here = RegionWish(
            standards=content.standards,
            spoken=everything,
            on=listed if is_enabled else everything & ~listed,
            parameters=content.parameters,
        )
        regions = tuple((region, here) for region in self._regions)
        return Unlisted.DISABLE if is_enabled else Unlisted.ENABLE, regions


def _named(organization: Organization, choices: CentralChoices) -> dict[str, tuple[Govern, str]]:
    """The nodes that the settings name, with the key that does.

    Raises:
        InputErrors: some are not there.
    """
    found: dict[str, tuple[Govern, str]] = {}
    problems: list[Problem] = []
    for way, names, key in (
        (Govern.CENTRAL, choices.central, "central"),
        (Govern.SELF_MANAGED, choices.self_managed, "self_managed"),
    ):
        source = f"{choices.govern_source}.{key}" if choices.govern_source else key
        for name in names:
            unit = organization.unit_by(name)
            if name in organization.accounts:
                found[name] = (way, source)
            elif unit is not None:
                found[unit.id] = (way, source)
            else:
                problems.append(Problem(source, f"{name} is no OU (id or path) and no account id", "see `census`"))
    if problems:
        raise InputErrors(problems)
    return found
