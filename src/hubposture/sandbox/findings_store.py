"""The emulated store of findings: records by target, their history, the events they cause, the rules that touch them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import orjson

from hubposture.sandbox.answers import Params
from hubposture.sandbox.filters import Dialect, Query, compile_filters
from hubposture.sandbox.findings_quirks import EmptyUserFields, FindingQuirks, UserFieldsUpdate
from hubposture.sandbox.findings_record import NORMALIZED, Customer, HistoryEntry, Key, Record, label_of, stamp, uuid_of

Target = tuple[str, str]
"""(account, Region)."""

Listener = Callable[[Record, datetime], None]
"""Called with a finding that is new or changed, and when."""

Updates = tuple[tuple[str, str, str], ...]
"""(field, old, new) texts; '' stands for no value."""

CUSTOMER_MEMBERS = (
    "Note",
    "Severity",
    "VerificationState",
    "Confidence",
    "Criticality",
    "Types",
    "RelatedFindings",
    "UserDefinedFields",
)
"""What a customer may set on a finding besides its workflow status."""

KEPT_ACTIVE = timedelta(days=90)
KEPT_ARCHIVED = timedelta(days=30)


class FindingStore:
    """All findings of the emulated organization, mutable; `version` grows with every change."""

    def __init__(self, *, quirks: FindingQuirks | None = None) -> None:
        self.version = 0
        self._quirks = quirks or FindingQuirks()
        self._by_target: dict[Target, dict[Key, Record]] = {}
        self._by_control: dict[tuple[str, str, str], dict[Key, Record]] = {}
        self._by_id: dict[str, list[Record]] = {}
        self._listeners: list[Listener] = []
        self._of_news: list[Listener] = []
        self._rules: dict[bytes, Query] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_target.values()))

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(records.values() for records in self._by_target.values())

    def get(self, key: Key) -> Record | None:
        """The finding with this (ProductArn, Id), or None."""
        return next((record for record in self._by_id.get(key[1], ()) if record.product_arn == key[0]), None)

    def with_id(self, finding_id: str) -> Sequence[Record]:
        """The findings with this Id, of whatever product."""
        return tuple(self._by_id.get(finding_id, ()))

    def of_target(self, target: Target) -> Iterable[Record]:
        """The findings of one target, oldest first."""
        return self._by_target.get(target, {}).values()

    def candidates(self, accounts: frozenset[str], regions: Sequence[str], query: Query) -> Iterator[Record]:
        """The findings that a query could match among the accounts and Regions in view, grouped by target."""
        ids = query.wanted("Id")
        wanted_accounts = query.wanted("AwsAccountId") or accounts
        if ids is not None:
            found = (record for one in sorted(ids) for record in self._by_id.get(one, ()))
            yield from (record for record in found if record.account in accounts and record.region in regions)
            return
        controls = query.wanted("ComplianceSecurityControlId")
        for account in sorted(wanted_accounts & accounts):
            for region in regions:
                if controls is None:
                    yield from self._by_target.get((account, region), {}).values()
                else:
                    for control in sorted(controls):
                        yield from self._by_control.get((account, region, control), {}).values()

    # --- changes ---------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every finding that is new, changed or refreshed, and when."""
        self._listeners.append(listener)

    def listen_to_news(self, listener: Listener) -> None:
        """Call `listener` with every finding that is new or changed; refreshes stay as cheap as without it."""
        self._of_news.append(listener)

    def add(self, record: Record, at: datetime, *, identity: str, rules: Sequence[Params] = ()) -> None:
        """Take in a new finding; automation rules act on it before anyone hears of it."""
        self.place(record)
        record.history = [HistoryEntry(at, True, False, identity, ())]
        self.apply_rules(record, rules, at)
        self._tell(record, at)

    def place(self, record: Record) -> None:
        """Put a record where it belongs without history or events."""
        self.version += 1
        self._by_id.setdefault(record.id, []).append(record)
        self._by_target.setdefault((record.account, record.region), {})[record.key] = record
        if record.body.control_id:
            place = (record.account, record.region, record.body.control_id)
            self._by_control.setdefault(place, {})[record.key] = record

    def note_provider_change(
        self, record: Record, updates: Updates, at: datetime, *, identity: str, rules: Sequence[Params] = ()
    ) -> None:
        """Record what a provider or a check changed on a finding that already carries the new values."""
        self.version += 1
        if updates:
            self._remember(record, HistoryEntry(at, False, False, identity, updates))
        self.apply_rules(record, rules, at)
        self._tell(record, at)

    def apply_customer(self, record: Record, fields: Mapping[str, Any], at: datetime, *, identity: str) -> None:
        """Set the fields of a BatchUpdateFindings on a finding; UpdatedAt does not move."""
        self.version += 1
        updates = tuple(self._set_fields(record, fields, at))
        if updates:
            self._remember(record, HistoryEntry(at, False, True, identity, updates))
        self._tell(record, at)

    def apply_rules(self, record: Record, rules: Sequence[Params], at: datetime) -> bool:
        """Let automation rules act on a finding, in their order; say whether any changed it."""
        changed = False
        finding = record.render(with_customer=False) if rules else {}
        for rule in rules:
            if not self._rule(rule, at).matches(finding):
                continue
            fields = rule["Actions"][0].get("FindingFieldsUpdate", {})
            updates = tuple(self._set_fields(record, fields, at))
            if updates:
                self._remember(record, HistoryEntry(at, False, True, rule.get("RuleArn", "automation-rule"), updates))
                self.version += 1
                changed = True
            if rule.get("IsTerminal"):
                break
        return changed

    def refreshed(self, record: Record, at: datetime, rules: Sequence[Params]) -> None:
        """A check ran and found nothing new: rules may act, listeners hear of it, the history does not."""
        if self.apply_rules(record, rules, at):
            self._tell(record, at)
            return
        for listener in self._listeners:
            listener(record, at)

    @property
    def is_heard(self) -> bool:
        """Whether anyone wants to hear of refreshes."""
        return bool(self._listeners)

    def remove(self, record: Record) -> None:
        """Delete a finding for good."""
        self.version += 1
        self._by_id[record.id].remove(record)
        if not self._by_id[record.id]:
            del self._by_id[record.id]
        del self._by_target[record.account, record.region][record.key]
        if record.body.control_id:
            del self._by_control[record.account, record.region, record.body.control_id][record.key]

    def expire(self, now: datetime) -> list[Record]:
        """Delete what retention no longer keeps: ACTIVE 90 days, ARCHIVED 30 days after the last update."""
        gone = [record for record in self if self._is_expired(record, now)]
        for record in gone:
            self.remove(record)
        return gone

    @staticmethod
    def _is_expired(record: Record, now: datetime) -> bool:
        kept = KEPT_ACTIVE if record.record_state == "ACTIVE" else KEPT_ARCHIVED
        last = record.refreshed_at
        if not record.product_arn.endswith("::product/aws/securityhub"):
            last = max(last, record.processed_at)
        return now - last > kept

    def _remember(self, record: Record, entry: HistoryEntry) -> None:
        if record.history is None:
            record.history = []
        record.history.append(entry)

    def _tell(self, record: Record, at: datetime) -> None:
        for listener in (*self._listeners, *self._of_news):
            listener(record, at)

    def _rule(self, rule: Params, now: datetime) -> Query:
        criteria = rule.get("Criteria", {})
        text = orjson.dumps(criteria, option=orjson.OPT_SORT_KEYS)
        if b'"DateRange"' in text:
            return compile_filters(criteria, now=now, dialect=Dialect.AUTOMATION_RULE)
        if text not in self._rules:
            self._rules[text] = compile_filters(criteria, now=now, dialect=Dialect.AUTOMATION_RULE)
        return self._rules[text]

    # --- fields a customer may set ---------------------------------------------------------------------------------

    def _set_fields(self, record: Record, fields: Mapping[str, Any], at: datetime) -> Iterator[tuple[str, str, str]]:
        """Set what differs and give each difference."""
        if "Workflow" in fields and fields["Workflow"].get("Status", record.workflow) != record.workflow:
            yield "Workflow.Status", record.workflow, fields["Workflow"]["Status"]
            record.workflow = fields["Workflow"]["Status"]
        held = record.customer.members if record.customer is not None else {}
        for name in CUSTOMER_MEMBERS:
            if name not in fields:
                continue
            old = held.get(name)
            value = self._as_stored(name, fields[name], record, at)
            if _bare(old) == _bare(value):
                continue
            yield name, _text(old), _text(value)
            if record.customer is None:
                record.customer = Customer()
                held = record.customer.members
            held[name] = value
            if value is None:
                del held[name]

    def _as_stored(self, name: str, value: Any, record: Record, at: datetime) -> Any:
        """A member as the finding keeps it; None where it is to go."""
        if name == "UserDefinedFields":
            return self._user_fields(value, record)
        if name == "Note":
            return {"Text": value["Text"], "UpdatedBy": value["UpdatedBy"], "UpdatedAt": stamp(at)}
        if name == "Severity":
            label = value.get("Label") or label_of(value.get("Normalized", NORMALIZED.get(record.severity, 0)))
            product = {"Product": value["Product"]} if "Product" in value else {}
            return {
                "Label": label,
                "Normalized": value.get("Normalized", NORMALIZED[label]),
                "Original": record.severity or label,
            } | product
        return value

    def _user_fields(self, value: Mapping[str, str], record: Record) -> dict[str, str] | None:
        old = record.customer.members.get("UserDefinedFields", {}) if record.customer is not None else {}
        if not value and self._quirks.empty_user_fields is EmptyUserFields.CLEARS:
            return None
        merges = self._quirks.user_fields_update is UserFieldsUpdate.MERGES
        return ({**old, **value} if merges or not value else dict(value)) or None


def _bare(value: Any) -> Any:
    return {k: v for k, v in value.items() if k != "UpdatedAt"} if isinstance(value, dict) else value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def event_of(record: Record, at: datetime) -> dict[str, Any]:
    """The EventBridge event `Security Hub Findings - Imported` of a new or changed finding."""
    return {
        "version": "0",
        "id": uuid_of("event", *record.key, at.isoformat(), record.workflow, record.compliance),
        "detail-type": "Security Hub Findings - Imported",
        "source": "aws.securityhub",
        "account": record.account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": record.region,
        "resources": [f"{record.product_arn}/{record.id}"],
        "detail": {"findings": [record.render()]},
    }
