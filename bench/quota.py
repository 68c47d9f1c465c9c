"""A complete sweep of the emulated organization on its virtual clock, beside what GetFindings' quota allows."""

import tempfile
from pathlib import Path

from bench.small import connection_to
from hubposture.verbs.sync import ApiMeans, sync_api
from hubposture.wiring.store import findings_reader, naive, open_store

_PER_SECOND = 3
_SECURITY_HUB, _OPERATION = "securityhub", "GetFindings"


def sweep() -> str:
    """Seconds of virtual time; answers take none, so all of them are waiting for the budget."""
    with tempfile.TemporaryDirectory() as name:
        connection = connection_to(Path(name) / "demo", accounts=120)
        at = connection.workplace
        accounts = sorted(connection.organizations.read().organization.accounts)
        connection.record.clear()
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
            means = ApiMeans(
                lake="acme", reader=findings_reader(connection, ledger), writer=store.writer, versions=ledger,
                now=lambda: naive(at.surroundings.now()),
            )  # fmt: skip
            begun = at.surroundings.now()
            done = sync_api(means, accounts, sweep=True)
            took = (at.surroundings.now() - begun).total_seconds()
    calls = sum(
        number for (_, service, operation), number in connection.record.counts.items()
        if (service, operation) == (_SECURITY_HUB, _OPERATION)
    )  # fmt: skip
    found = done.control + done.other
    least = -(-found // 100) / _PER_SECOND
    return f"{took / least:.2f} x: {took:.0f} s for {found:,} findings in {calls} calls (at least {least:.0f} s)"
