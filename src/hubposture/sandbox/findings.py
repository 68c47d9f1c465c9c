"""The emulated Security Hub's findings: the operations on them, the checks that make them, the days that pass.

Everything that happens is planned on one schedule and played up to the sandbox's time whenever the store is advanced,
so that the same seed and the same calls give the same findings, however the time was cut into steps.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hubposture.sandbox.answers import Call, Params
from hubposture.sandbox.catalogue import Catalogue, load
from hubposture.sandbox.deeds import Deeds, Press
from hubposture.sandbox.findings_operations import FindingOperations
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.findings_state import dump_record, dump_watch, load_record, load_watch
from hubposture.sandbox.findings_store import FindingStore, event_of
from hubposture.sandbox.lifecycle import FIRST_LOOK, Checks
from hubposture.sandbox.lifecycle_watch import Event
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.population_life import Life
from hubposture.sandbox.seams import Estate

PARTNERS = frozenset({"aws/guardduty", "aws/config", "aws/inspector", "aws/macie", "prowler/prowler"})
"""Products besides the default one that every account may import for."""

DAY = timedelta(days=1)


class FindingService:
    """A living store of findings over an inventory of resources; implements the engine's seam `Findings`.

    `seed` decides what happens to the resources and what people do; `alive` False keeps resources and people still.
    `others` gives the findings of other products that are there at the start. `look_after` is how long a change of what
    is enabled may go unnoticed between the rounds of a target.
    """

    def __init__(
        self,
        inventory: Inventory,
        *,
        seed: int = 0,
        alive: bool = True,
        quirks: FindingQuirks | None = None,
        catalogue: Catalogue | None = None,
        partition: str = "aws",
        partners: frozenset[str] = PARTNERS,
        empty_passes: bool = True,
        others: Callable[[datetime], Iterable[Record]] = lambda _start: (),
        look_after: timedelta = FIRST_LOOK,
    ) -> None:
        chosen = quirks or FindingQuirks()
        self.store = FindingStore(quirks=chosen)
        self.inventory = inventory
        self.checks = Checks(
            self.store,
            inventory,
            catalogue=catalogue or load(),
            quirks=chosen,
            partition=partition,
            empty_passes=empty_passes,
        )
        self._others = others
        self._look_after = look_after
        self.life = Life(self.checks, seed=seed, alive=alive)
        self._operations = FindingOperations(self.store, chosen, partners)
        self._played_to: datetime | None = None
        self._looked_at: datetime | None = None

    @property
    def deeds(self) -> Deeds:
        """What was done to resources and findings, by whom."""
        return self.checks.deeds

    def operations(self) -> Mapping[str, Callable[[Call, Params], Params]]:
        """The operations of Security Hub that are answered here, by name."""
        return self._operations.operations()

    def on_event(self, subscriber: Callable[[dict[str, Any]], None], *, account: str = "", region: str = "") -> None:
        """Send every `Security Hub Findings - Imported` event to a subscriber, refreshes without news included.

        With `account` and `region` only what reaches that account's event bus there: an administrator's gets its
        members' events, the home Region's those of linked Regions.
        """

        def hear(record: Record, at: datetime) -> None:
            if not account or self._operations.sees(account, region, record):
                subscriber(event_of(record, at))

        self.store.listen(hear)

    def on_change(self, listener: Callable[[Record, datetime], None]) -> None:
        """Call a listener with each new, changed or refreshed finding: cheaper than events, which render ASFF."""
        self.store.listen(listener)

    def on_news(self, listener: Callable[[Record, datetime], None], /, *, account: str, region: str) -> None:
        """Call a listener with each new or changed finding that an account sees from a Region; refreshes bring no news."""

        def hear(record: Record, at: datetime) -> None:
            if self._operations.sees(account, region, record):
                listener(record, at)

        self.store.listen_to_news(hear)

    def press(self, record: Record, fields: Mapping[str, Any], at: datetime, *, identity: str) -> None:
        """Let somebody set fields of a finding, as BatchUpdateFindings would."""
        press = Press(at, record.account, record.region, identity, record.product_arn, record.id, dict(fields))
        self.checks.deeds.pressed(press)
        self._operations.accept(record.key, fields, at, identity=identity)

    def advance(self, estate: Estate, /) -> None:
        """Play everything that happens up to the estate's time."""
        now = estate.now()
        self._operations.estate = estate
        if self._played_to is None:
            self._begin(estate)
        elif self._due(now):
            self.checks.read_anew(estate)
        for event in self.checks.schedule.pop_until(now):
            self._operations.apply_due(event.at)
            self._play(event)
        self._operations.apply_due(now)
        if self._looked_at is not None and now - self._looked_at >= self._look_after:
            self.checks.look(now)
            self._looked_at = now
        self._played_to = now

    def _begin(self, estate: Estate) -> None:
        start = min(self.inventory.start, estate.now())
        self.checks.read_anew(estate)
        self.checks.look(start)
        self._looked_at = start
        for record in self._others(start):
            self.store.add(record, record.created_at, identity=record.product_arn)
        self.life.begin(start)
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        self.checks.schedule.add(midnight + DAY, "day")

    def _due(self, now: datetime) -> bool:
        """Whether anything will be played that depends on what is enabled."""
        looked = self._looked_at
        return looked is None or now - looked >= self._look_after or self.checks.schedule.has_until(now)

    def _play(self, event: Event) -> None:
        at, args = event.at, event.args
        match event.kind:
            case "round":
                self.checks.round((args[0], args[1]), at)
            case "archive":
                self.checks.archive_disabled((args[0], args[1]), args[2], at)
            case "empty":
                self.checks.pass_if_empty((args[0], args[1]), args[2], at)
            case "day":
                self.checks.forget(self.store.expire(at))
                self.life.plan_day(at)
                self.checks.schedule.add(at + DAY, "day")
            case _:
                self.life.play(event)

    def dump(self) -> Any:
        """Everything as plain JSON."""
        return {
            "played_to": self._played_to.isoformat() if self._played_to else "",
            "looked_at": self._looked_at.isoformat() if self._looked_at else "",
            "inventory": self.inventory.dump(),
            "records": [dump_record(record) for record in self.store],
            "watches": [[*target, dump_watch(watch)] for target, watch in sorted(self.checks.watches.items())],
            "schedule": self.checks.schedule.dump(),
            "pending": self._operations.dump(),
            "deeds": self.deeds.dump(),
        }

    def load(self, state: Any, /) -> None:
        """Take over what `dump` gave, in place of what is here."""
        self.inventory.load(state["inventory"])
        for record in list(self.store):
            self.store.remove(record)
        for one in state["records"]:
            self.store.place(load_record(one, self.checks.catalogue))
        records = {record.key: record for record in self.store}
        self.checks.watches = {
            (account, region): load_watch(watch, records) for account, region, watch in state["watches"]
        }
        self.checks.schedule.load(state["schedule"])
        self._operations.load(state["pending"])
        self.deeds.load(state.get("deeds", {}))
        self._played_to = datetime.fromisoformat(state["played_to"]) if state["played_to"] else None
        self._looked_at = datetime.fromisoformat(state["looked_at"]) if state["looked_at"] else None
