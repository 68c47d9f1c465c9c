"""The sandbox's inner seam: what the engine offers a store of findings, and what it needs of one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from hubposture.sandbox.answers import Call, Params
from hubposture.sandbox.deeds import Deeds
from hubposture.sandbox.population_inventory import Inventory

Operation = Callable[[Call, Params], Params]
"""An operation of the emulated service: validated input to output, or a ServiceError."""


class Estate(Protocol):
    """What a store of findings may ask the engine; standards by path, controls by id as AWS writes it."""

    def now(self) -> datetime:
        """Give the sandbox's time."""

    def hub_on(self, account: str, region: str) -> bool:
        """Say whether Security Hub is on in a target."""

    def recorder_on(self, account: str, region: str) -> bool:
        """Say whether AWS Config records in a target."""

    def consolidated(self, account: str, region: str) -> bool:
        """Say whether a target's hub writes consolidated control findings."""

    def targets(self) -> Sequence[tuple[str, str]]:
        """List every (account, Region) with a hub that is on, sorted."""

    def enabled_standards(self, account: str, region: str) -> Sequence[str]:
        """List the paths of the standards that are on and ready in a target, sorted."""

    def standards_of(self, account: str, region: str, control: str) -> Sequence[str]:
        """List the paths of the ready standards in which a control is enabled in a target; empty: it is off."""

    def parameters_of(self, account: str, region: str, control: str) -> Mapping[str, Any]:
        """Give the values in force, default or custom, of a control's parameters in a target."""

    def visible_accounts(self, account: str, region: str) -> frozenset[str]:
        """Give the accounts whose findings a caller of this account sees there: members for the administrator."""

    def visible_regions(self, account: str, region: str) -> tuple[str, ...]:
        """Give the Regions whose findings a caller sees from this Region: linked ones from the home Region."""

    def automation_rules(self, account: str, region: str) -> Sequence[Params]:
        """Give the enabled automation rules that apply to an account's findings there, in the order they run."""

    def account_name(self, account: str) -> str:
        """Give an account's name."""


class Findings(Protocol):
    """A store of findings as the engine uses it.

    `operations` are the operations of Security Hub that it answers, by name. `advance` brings the store from one time to
    another; it is called before every findings operation and by a tick. `on_news` takes a listener to each new or changed
    finding that an account sees from a Region. `dump` and `load` carry its state as plain JSON. `inventory` are the
    resources, `deeds` what was done to them and to findings.
    """

    @property
    def inventory(self) -> Inventory: ...  # noqa: D102
    @property
    def deeds(self) -> Deeds: ...  # noqa: D102

    def operations(self) -> Mapping[str, Operation]: ...  # noqa: D102
    def advance(self, estate: Estate, /) -> None: ...  # noqa: D102
    def on_news(self, listener: Callable[[Any, datetime], None], /, *, account: str, region: str) -> None: ...  # noqa: D102
    def dump(self) -> Any: ...  # noqa: D102
    def load(self, state: Any, /) -> None: ...  # noqa: D102
