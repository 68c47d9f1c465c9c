"""Messages as a part of runs and jobs: which of them are told when."""

from collections import Counter
from collections.abc import Collection

from hubposture.cli.notify import told
from hubposture.ports.ledger import Failure
from hubposture.verbs.run import Done
from hubposture.views.notify_rows import Fate
from hubposture.wiring import Connection
from hubposture.wiring.messages import messages_set
from hubposture.work.message import Subject

SOON = frozenset({Subject.URGENT, Subject.EXPIRY, Subject.ESCALATION, Subject.REQUEST})
"""What is told as soon as it is known."""
WEEKLY = frozenset({Subject.DIGEST, Subject.ANNOUNCEMENT})
"""What the job `digests` tells."""
NEWS = frozenset(Subject) - WEEKLY
"""What a run of the jobs tells; the weekly messages have a job of their own."""
NONE_SET = "no messages are set"
_BAD = (Fate.FAILED, Fate.SET_ASIDE, Fate.DOUBTFUL)


def messages_done(connection: Connection, only: Collection[Subject] = (), *, observe: bool = False) -> Done:
    """Tell the teams, as a step of a run; where nothing carries messages, nothing is told and nothing fails."""
    if not messages_set(connection.workplace):
        return Done(line=NONE_SET)
    done = told(connection, only, preview=observe)
    counts = Counter(row.fate for row in done.rows)
    failed = [
        Failure(f"{row.message.to}: {row.message.title}", row.why or str(row.fate))
        for row in done.rows
        if row.fate in _BAD
    ]
    failures = (*(Failure(where, what) for where, what in done.failures), *failed)
    said = ", ".join(f"{counts[fate]:,} {fate}" for fate in Fate if counts[fate] and fate is not Fate.UNCHANGED)
    named = {str(fate).replace(" ", "_"): number for fate, number in counts.items()}
    return Done(named, failures, said or "nothing new to tell")
