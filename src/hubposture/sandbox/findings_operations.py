"""The findings operations of Security Hub on the emulated store: import, get, update, history."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.filters import compile_filters, compile_sort, invalid
from hubposture.sandbox.findings_import import Importer, new_record, problem_with, update_record
from hubposture.sandbox.findings_query import order, select
from hubposture.sandbox.findings_quirks import EmptyUserFields, FindingQuirks, Paging, SecondUpdate, StaleImport
from hubposture.sandbox.findings_record import HistoryEntry, Key, Record, stamp
from hubposture.sandbox.findings_store import FindingStore
from hubposture.sandbox.seams import Estate

DEFAULT_PAGE = 100
_CURSORS_KEPT = 64


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A BatchUpdateFindings that is accepted and not visible yet."""

    due: datetime
    key: Key
    fields: Mapping[str, Any]
    identity: str


class FindingOperations:
    """What the API does with findings. `estate` answers for the organization and is renewed by whoever owns this."""

    def __init__(self, store: FindingStore, quirks: FindingQuirks, partners: frozenset[str]) -> None:
        self.store = store
        self.quirks = quirks
        self.partners = partners
        self.estate: Estate | None = None
        self.pending: list[PendingUpdate] = []
        self._served: OrderedDict[str, tuple[Record, ...]] = OrderedDict()

    @property
    def _now_estate(self) -> Estate:
        if self.estate is None:
            raise ServiceError("InternalException", "the store of findings was never advanced")
        return self.estate

    def sees(self, account: str, region: str, record: Record) -> bool:
        """Whether an account sees a finding from a Region."""
        estate = self._now_estate
        return record.account in estate.visible_accounts(account, region) and (
            record.region in estate.visible_regions(account, region)
        )

    # --- BatchImportFindings ---------------------------------------------------------------------------------------

    def batch_import_findings(self, call: Call, params: Params) -> Params:
        """Create or update the findings of a provider; each finding succeeds or fails by itself."""
        importer = Importer(call.account, call.region, self.partners)
        failed: list[Params] = []
        for finding in params["Findings"]:
            problem = problem_with(finding, importer) or self._take_in(call, finding)
            if problem:
                text = f"Finding does not adhere to Amazon Finding Format. {problem}."
                failed.append({"Id": finding["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": text})
        return {
            "SuccessCount": len(params["Findings"]) - len(failed),
            "FailedCount": len(failed),
            "FailedFindings": failed,
        }

    def _take_in(self, call: Call, finding: Params) -> str:
        record = self.store.get((finding["ProductArn"], finding["Id"]))
        name = self._now_estate.account_name(finding["AwsAccountId"])
        rules = self._now_estate.automation_rules(finding["AwsAccountId"], call.region)
        made = new_record(finding, region=call.region, account_name=name, at=call.at)
        if record is None:
            self.store.add(made, call.at, identity=finding["ProductArn"], rules=rules)
            return ""
        if made.updated_at <= record.updated_at:
            refused = self.quirks.stale_import is StaleImport.COUNTS_AS_FAILURE
            return "data.UpdatedAt should be later than that of the existing finding" if refused else ""
        updates = update_record(record, finding, at=call.at)
        self.store.note_provider_change(record, updates, call.at, identity=finding["ProductArn"], rules=rules)
        return ""

    # --- GetFindings -----------------------------------------------------------------------------------------------

    def get_findings(self, call: Call, params: Params) -> Params:
        """One page of the findings in view that match; see the quirk `paging` for what later pages are taken from."""
        size = params.get("MaxResults", DEFAULT_PAGE)
        digest = self._digest(call, params)
        skip, cursor = self._read_token(params.get("NextToken"), digest)
        records = self._served.get(cursor) if cursor else None
        if records is None:
            records = tuple(self._matching(call, params))
        page = records[skip : skip + size]
        answer: Params = {"Findings": [record.render() for record in page]}
        if skip + size < len(records):
            answer["NextToken"] = self._write_token(digest, skip + size, cursor, records)
        return answer

    def _matching(self, call: Call, params: Params) -> list[Record]:
        query = compile_filters(params.get("Filters"), now=call.at)
        criteria = compile_sort(params.get("SortCriteria"))
        accounts = self._now_estate.visible_accounts(call.account, call.region)
        regions = self._now_estate.visible_regions(call.account, call.region)
        return order(select(self.store.candidates(accounts, regions, query), query), criteria)

    @staticmethod
    def _digest(call: Call, params: Params) -> str:
        asked = [call.account, call.region, params.get("Filters"), params.get("SortCriteria")]
        return hashlib.blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()

    def _write_token(self, digest: str, skip: int, cursor: str, records: tuple[Record, ...]) -> str:
        if self.quirks.paging is Paging.FROZEN and not cursor:
            cursor = f"{digest}-{self.store.version}"
            self._served[cursor] = records
            while len(self._served) > _CURSORS_KEPT:
                self._served.popitem(last=False)
        return base64.urlsafe_b64encode(orjson.dumps([digest, skip, cursor])).decode()

    @staticmethod
    def _read_token(token: str | None, digest: str) -> tuple[int, str]:
        if not token:
            return 0, ""
        try:
            asked, skip, cursor = orjson.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            raise invalid("NextToken is not a token of this operation") from None
        if asked != digest:
            raise invalid("NextToken belongs to a request with other filters or sort criteria")
        return int(skip), str(cursor)

    # --- BatchUpdateFindings ---------------------------------------------------------------------------------------

    def batch_update_findings(self, call: Call, params: Params) -> Params:
        """Set the same customer fields on up to 100 findings; each is processed or not by itself."""
        fields = {name: value for name, value in params.items() if name != "FindingIdentifiers"}
        if not fields:
            raise invalid("at least one field to update is needed")
        if fields.get("UserDefinedFields") == {} and self.quirks.empty_user_fields is EmptyUserFields.REFUSED:
            raise invalid("UserDefinedFields should not be empty")
        processed: list[Params] = []
        unprocessed: list[Params] = []
        seen: set[Key] = set()
        for one in params["FindingIdentifiers"]:
            key = (one["ProductArn"], one["Id"])
            code, message = self._refusal(call, key, seen)
            seen.add(key)
            if code:
                unprocessed.append({"FindingIdentifier": one, "ErrorCode": code, "ErrorMessage": message})
                continue
            processed.append(one)
            self.accept(key, fields, call.at, identity=call.principal.arn)
        return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}

    def _refusal(self, call: Call, key: Key, seen: set[Key]) -> tuple[str, str]:
        record = self.store.get(key)
        if record is None or not self.sees(call.account, call.region, record):
            return "FindingNotFound", "The finding does not exist or is not visible to the caller"
        if key in seen:
            return "DuplicatedFindingIdentifier", "The finding is listed twice in the request"
        if self.quirks.second_update is SecondUpdate.CONCURRENT_UPDATE_ERROR and any(
            update.key == key for update in self.pending
        ):
            return "ConcurrentUpdateError", "Another update of the finding is under way"
        return "", ""

    def accept(self, key: Key, fields: Mapping[str, Any], now: datetime, *, identity: str) -> None:
        """Take an update of a finding; it is seen after the lag that the quirks say."""
        self.pending.append(PendingUpdate(now + self.quirks.lag, key, fields, identity))
        self.apply_due(now)

    def apply_due(self, now: datetime) -> None:
        """Make the accepted updates visible whose time has come, in the order they were accepted."""
        due = [update for update in self.pending if update.due <= now]
        if not due:
            return
        self.pending = [update for update in self.pending if update.due > now]
        for update in due:
            record = self.store.get(update.key)
            if record is not None:
                self.store.apply_customer(record, update.fields, update.due, identity=update.identity)

    # --- GetFindingHistory -----------------------------------------------------------------------------------------

    def get_finding_history(self, call: Call, params: Params) -> Params:
        """The changes of one finding, newest first; times of the service itself are not changes."""
        identifier = params["FindingIdentifier"]
        record = self.store.get((identifier["ProductArn"], identifier["Id"]))
        if record is None or not self.sees(call.account, call.region, record):
            raise invalid("the finding does not exist or is not visible to the caller")
        start, end = params.get("StartTime"), params.get("EndTime") or call.at
        entries = [
            entry
            for entry in reversed(record.history or [])
            if (start is None or entry.at >= start) and entry.at <= end
        ]
        size = params.get("MaxResults", DEFAULT_PAGE)
        digest = self._digest(call, {"Filters": [identifier, str(start), str(params.get("EndTime"))]})
        skip, _ = self._read_token(params.get("NextToken"), digest)
        answer: Params = {"Records": [_history_record(identifier, entry) for entry in entries[skip : skip + size]]}
        if skip + size < len(entries):
            answer["NextToken"] = base64.urlsafe_b64encode(orjson.dumps([digest, skip + size, ""])).decode()
        return answer

    def operations(self) -> Mapping[str, Callable[[Call, Params], Params]]:
        """The operations answered here, by name."""
        return {
            "BatchImportFindings": self.batch_import_findings,
            "GetFindings": self.get_findings,
            "BatchUpdateFindings": self.batch_update_findings,
            "GetFindingHistory": self.get_finding_history,
        }

    # --- state -----------------------------------------------------------------------------------------------------

    def dump(self) -> list[Any]:
        """The pending updates as plain JSON."""
        return [[stamp(one.due), list(one.key), dict(one.fields), one.identity] for one in self.pending]

    def load(self, state: Sequence[Any]) -> None:
        """Take over what `dump` gave; tokens handed out before go on with what matches now."""
        self._served.clear()
        self.pending = [
            PendingUpdate(datetime.fromisoformat(due), (key[0], key[1]), fields, identity)
            for due, key, fields, identity in state
        ]


def _history_record(identifier: Params, entry: HistoryEntry) -> Params:
    updates = []
    for name, old, new in entry.updates:
        values = {"OldValue": old, "NewValue": new}
        updates.append({"UpdatedField": name, **{key: value for key, value in values.items() if value}})
    return {
        "FindingIdentifier": identifier,
        "UpdateTime": entry.at,
        "FindingCreated": entry.created,
        "UpdateSource": {
            "Type": "BATCH_UPDATE_FINDINGS" if entry.by_customer else "BATCH_IMPORT_FINDINGS",
            "Identity": entry.identity,
        },
        "Updates": updates,
    }
