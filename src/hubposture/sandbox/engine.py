"""The emulated services behind one door: a request goes in, an answer comes out. Not verified against AWS.

What happens to a call, in this order: a fault that comes before the work, the credentials, the quota, the check of
the input, the principal's rights, the operation, the check of the output (in strict mode), a fault that comes after
the work. Anything that is not emulated answers 501 NotImplemented and names itself.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

import orjson

from hubposture.sandbox import models, wire
from hubposture.sandbox.answers import Call, ConnectionLost, NoAnswerInTime, Params, ServiceError
from hubposture.sandbox.calls import CallLog, CallRecord, is_write
from hubposture.sandbox.catalogue import Catalogue, load
from hubposture.sandbox.clock import Clock, VirtualClock
from hubposture.sandbox.core import Core
from hubposture.sandbox.estate import EngineEstate
from hubposture.sandbox.faults import Fault, Faults
from hubposture.sandbox.findings_faults import update_with_faults
from hubposture.sandbox.guards import Guards
from hubposture.sandbox.hubs import Timing
from hubposture.sandbox.identity import Identities
from hubposture.sandbox.models import OperationModel, ServiceModel
from hubposture.sandbox.operations.associations import AssociationOperations
from hubposture.sandbox.operations.definitions import DefinitionOperations
from hubposture.sandbox.operations.extras import ExtraOperations
from hubposture.sandbox.operations.hub import HubOperations
from hubposture.sandbox.operations.organization import OrganizationOperations
from hubposture.sandbox.operations.parameters import ParameterOperations
from hubposture.sandbox.operations.policies import PolicyOperations
from hubposture.sandbox.operations.standards import StandardsOperations
from hubposture.sandbox.queue_of_events import EventQueue
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.seams import Findings, Operation
from hubposture.sandbox.services.organizations import OrganizationsOperations
from hubposture.sandbox.services.others import OtherServices
from hubposture.sandbox.services.queues import QueueOperations
from hubposture.sandbox.standings import Standings
from hubposture.sandbox.throttle import Quotas
from hubposture.sandbox.world import OrganizationSpec

LABEL = "hubposture sandbox: an emulation, not verified against AWS"
_TOO_OFTEN = {"TooManyRequestsException": "Too Many Requests"}


class EmulatorError(AssertionError):
    """The emulator answered what the service's model does not allow: a defect of the sandbox, not of its caller."""


class Engine:
    """The emulated organization. Its parts (`core`, `faults`, `calls`, `identities`, `quotas`) are there to be used.

    `strict` checks every output against the model and raises EmulatorError. `quotas` False lifts the rate limits.
    """

    def __init__(
        self,
        spec: OrganizationSpec,
        *,
        clock: Clock | None = None,
        catalogue: Catalogue | None = None,
        quirks: Quirks | None = None,
        timing: Timing | None = None,
        faults: Faults | None = None,
        findings: Findings | None = None,
        strict: bool = True,
        quotas: bool = True,
        seed: int = 0,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.faults = faults or Faults(seed=seed)
        self.core = Core(
            spec,
            clock=self.clock,
            catalogue=catalogue or load(),
            quirks=quirks or Quirks(),
            timing=timing or Timing(),
            faults=self.faults,
            seed=seed,
        )
        self.strict = strict
        self.quotas = Quotas(on=quotas)
        self.calls = CallLog()
        self.identities = Identities(self.core)
        self.standings = Standings(self.core)
        self.policies = PolicyOperations(self.core, self.standings)
        self.extras = ExtraOperations(self.core)
        self.estate = EngineEstate(self.core, self.extras)
        self.findings = findings
        self.events = QueueOperations(
            self.core, EventQueue(delivery=self.core.quirks.queue_delivery, seed=seed), self.advance
        )
        if findings:
            where = {"account": self.events.account, "region": self.events.region}
            findings.on_news(self.events.queue.hear, **where)
        self.lock = threading.RLock()
        self._operations = self._collect()

    def _collect(self) -> dict[str, Mapping[str, Operation]]:
        guards = Guards(self.core, self.standings)
        hub: dict[str, Operation] = {}
        for family in (
            HubOperations(self.core, guards),
            StandardsOperations(self.core, guards),
            DefinitionOperations(self.core),
            AssociationOperations(self.core, guards),
            ParameterOperations(self.core, guards),
            OrganizationOperations(self.core, self.standings),
            self.policies,
            self.extras,
        ):
            hub |= family.operations()
        if self.findings:
            hub |= {name: self._on_findings(self.findings, one) for name, one in self.findings.operations().items()}
        others = OtherServices(self.core, self.identities, self.calls, self.findings).operations()
        return {
            "securityhub": hub,
            "organizations": OrganizationsOperations(self.core).operations(),
            "sqs": self.events.operations(),
            **others,
        }

    def _on_findings(self, findings: Findings, operation: Operation) -> Operation:
        """Bring the findings up to date before an operation on them, and drop items of a batch if faults say so."""

        def answer(call: Call, params: Params) -> Params:
            self.core.hub_of(call)
            findings.advance(self.estate)
            if call.operation == "BatchUpdateFindings":
                reply = update_with_faults(call, params, operation, self.faults)
                return {name: self.core.in_reply_order(rows, str) for name, rows in reply.items()}
            return operation(call, params)

        return answer

    def emulates(self, service: str, operation: str) -> bool:
        """Say whether the engine answers an operation itself."""
        return operation in self._operations.get(service, {})

    def operations(self, service: str = "securityhub") -> frozenset[str]:
        """Name the operations of a service that are emulated."""
        return frozenset(self._operations.get(service, {}))

    def advance(self) -> None:
        """Carry out what is due by the clock: policies, then findings."""
        with self.lock:
            self.policies.settle()
            if self.findings:
                self.findings.advance(self.estate)

    def handle(self, request: wire.Request) -> wire.Reply:
        """Answer a request; raises ConnectionLost or NoAnswerInTime where a fault leaves no answer.

        The answer's Date is the sandbox's time.
        """
        reply = self._handle(request)
        return replace(reply, headers={**reply.headers, "date": format_datetime(self.core.now(), usegmt=True)})

    def _handle(self, request: wire.Request) -> wire.Reply:
        scope = wire.scope_of(request)
        if not scope:
            error = ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", status=403)
            return wire.refuse("rest-json", error, 403)
        try:
            model = models.service(scope.service)
        except KeyError:
            error = ServiceError("NotImplemented", f"the sandbox knows no service {scope.service!r}")
            return wire.refuse("rest-json", error, 501)
        with self.lock:
            try:
                operation, params = wire.read(model, request)
            except ServiceError as refused:
                return wire.refuse(model.protocol, refused, refused.status or model.status(refused.code))
            return self._answer(model, operation, params, scope, request)

    def _answer(
        self, model: ServiceModel, operation: OperationModel, params: Params, scope: wire.Scope, request: wire.Request
    ) -> wire.Reply:
        call: Call | None = None
        try:
            principal = self.identities.resolve(scope, request.headers.get("x-amz-security-token", ""))
            call = Call(
                service=model.name,
                operation=operation.name,
                region=scope.region,
                principal=principal,
                at=self.core.now(),
            )
            fault = self.faults.strike(_key(call))
            self._before(call, fault)
            self._admit(call)
            output = self._work(call, model, operation, params)
        except ServiceError as refused:
            self._record(call, params, refused.code)
            return wire.refuse(model.protocol, refused, refused.status or model.status(refused.code))
        self._record(call, params, "")
        if fault is Fault.LOST_ANSWER:
            raise ConnectionLost(f"{call.operation}: the answer was lost after the work was done")
        return wire.answer(model, operation, output)

    def _before(self, call: Call, fault: Fault) -> None:
        match fault:
            case Fault.THROTTLED:
                self._throttle()
            case Fault.SERVER_ERROR:
                raise ServiceError("InternalException", "Internal server error", status=500)
            case Fault.TIMEOUT:
                self._record(call, {}, "(no answer in time)")
                raise NoAnswerInTime(call.operation)
            case Fault.RESET:
                self._record(call, {}, "(connection reset)")
                raise ConnectionLost(f"{call.operation}: the connection was reset before the work")
            case _:
                return

    def _throttle(self) -> None:
        code = str(self.core.quirks.throttle_error)
        raise ServiceError(code, _TOO_OFTEN.get(code, "Rate exceeded"), status=429)

    def _admit(self, call: Call) -> None:
        if not self.quotas.take(_key(call), call.at):
            if call.service == "securityhub":
                self._throttle()
            raise ServiceError(
                "ThrottlingException" if call.service == "cloudtrail" else "TooManyRequestsException", "Rate exceeded"
            )

    def _work(self, call: Call, model: ServiceModel, operation: OperationModel, params: Params) -> Params:
        work = self._operations.get(call.service, {}).get(call.operation)
        if not work:
            raise ServiceError(
                "NotImplemented", f"{call.service} {call.operation} is not emulated by the sandbox", status=501
            )
        problems: list[str] = []
        operation.check_input(params, "", problems)
        if problems:
            code = models.INPUT_ERRORS.get(call.service, "ValidationException")
            raise ServiceError(code, "Invalid input: " + "; ".join(sorted(problems)))
        self.identities.authorize(call, model.name)
        self.policies.settle()
        output = work(call, params)
        if self.strict:
            _check(operation, output)
        return output

    def _record(self, call: Call | None, params: Params, error: str) -> None:
        if not call:
            return
        write = is_write(call.operation)
        event = self.core.new_id("event") if write and not error else ""
        self.calls.add(
            CallRecord(
                service=call.service,
                operation=call.operation,
                account=call.account,
                region=call.region,
                principal=call.principal.arn,
                role=call.principal.role,
                at=call.at,
                error=error,
                input=orjson.loads(orjson.dumps(params, default=str)) if write else {},
                event_id=event,
            )
        )


def _key(call: Call) -> tuple[str, str, str, str]:
    return call.service, call.operation, call.account, call.region


def _check(operation: OperationModel, output: Any) -> None:
    problems: list[str] = []
    operation.check_output(output, operation.name, problems)
    if problems:
        raise EmulatorError(f"{operation.service} {operation.name} answered outside the model: {'; '.join(problems)}")
