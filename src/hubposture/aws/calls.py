"""One call: its turn, its signature, its tries, and its errors in the project's words."""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hubposture.aws.failures import Failure, FailureKind, Place, as_error, classify
from hubposture.aws.limits import Circuits, Limiter
from hubposture.aws.retry import Patience, is_repeatable, pause_before_retry
from hubposture.aws.session import Acting, Clients, acting_as

Reply = Mapping[str, Any]
"""An answer as botocore gives it; timestamps of hot operations are texts (see parse.py)."""


class Caller:
    """Makes calls, with limits, tries and circuits of our own; shared by all threads.

    `clock` gives seconds and never goes back; `sleep` waits. Both are handed to the limiter too.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.clients = clients
        self.clock = clock
        self.sleep = sleep
        self._patience = patience or Patience()
        self._limiter = Limiter(clock=clock, sleep=sleep)
        self._accounts = Circuits(clock=clock)
        self._endpoints = Circuits(clock=clock, limit=40)

    def impatient(self, seconds: float) -> "Caller":
        """The same caller, with the same limits and circuits, that gives up on a call after so many seconds."""
        made = copy.copy(self)
        made._patience = replace(self._patience, budget_seconds=seconds)  # noqa: SLF001 (its own kind)
        return made

    def call(
        self, acting: Acting, service: str, region: str, operation: str, params: Mapping[str, Any] | None = None
    ) -> Reply:
        """Make a call and give its answer.

        Raises RemoteUnavailable when every try failed or the place rests, its child AnswerLost when the call may have
        been done and must not be repeated, RemoteRefused when AWS says no.
        """
        place = Place(acting.account, region, service, operation, acting.purpose)
        started = self.clock()
        tries = 0
        while True:
            self._take_turn(place)
            tries += 1
            result = self._try(acting, place, params or {})
            if not isinstance(result, Failure):
                return result
            pause = pause_before_retry(
                result, operation, tries=tries, elapsed_seconds=self.clock() - started, patience=self._patience
            )
            if pause is None:
                raise as_error(place, result, tries=tries, repeatable=is_repeatable(operation))
            self.sleep(pause)

    def _take_turn(self, place: Place) -> None:
        self._accounts.check(_account(place))
        self._endpoints.check(_endpoint(place))
        self._limiter.wait(place.account, place.region, place.service, place.operation)

    def _try(self, acting: Acting, place: Place, params: Mapping[str, Any]) -> Reply | Failure:
        client = self.clients.get(place.service, place.region)
        method = getattr(client, method_name(client, place.operation))
        try:
            with acting_as(acting):
                reply: Reply = method(**params)
        except Exception as problem:  # noqa: BLE001 - classify raises again whatever is not botocore's
            failure = classify(problem)
            self._failed(place, failure)
            return failure
        self._accounts.worked(_account(place))
        self._endpoints.worked(_endpoint(place))
        return reply

    def _failed(self, place: Place, failure: Failure) -> None:
        if failure.kind.is_sickness:
            self._accounts.failed(_account(place))
            self._endpoints.failed(_endpoint(place))
            return
        self._accounts.worked(_account(place))
        self._endpoints.worked(_endpoint(place))
        if failure.kind in (FailureKind.THROTTLED, FailureKind.LIMIT):
            self._limiter.empty(place.account, place.region, place.service, place.operation)


def method_name(client: Any, operation: str) -> str:
    """The client's method of an operation (`DescribeHub` -> `describe_hub`)."""
    names = _METHODS.get(client.meta.service_model.service_name)
    if names is None:
        mapping: dict[str, str] = client.meta.method_to_api_mapping
        names = {name: method for method, name in mapping.items()}
        _METHODS[client.meta.service_model.service_name] = names
    return names[operation]


_METHODS: dict[str, dict[str, str]] = {}


def _account(place: Place) -> str:
    return f"account {place.account}" if place.account else "our own credentials"


def _endpoint(place: Place) -> str:
    return f"{place.service} in {place.region}"
