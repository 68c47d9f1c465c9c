"""The only place that constructs adapters: from a directory and the settings to things the verbs can use."""

from hubposture.wiring.connection import Connection, FirstSeen, census_reader, connect
from hubposture.wiring.rehearsal import Served, rehearsal, serve_sandbox
from hubposture.wiring.store import (
    Store,
    findings_files,
    findings_queue,
    findings_reader,
    gathering,
    move_ledger,
    naive,
    open_store,
)
from hubposture.wiring.workbook import (
    Refreshed,
    begin_baseline,
    book_of_rows,
    controls_table,
    packaged_catalog,
    patch_workbook,
    put_workbook,
    read_workbook,
    refresh_workbook,
    set_global_rule,
    workbook_bytes,
)
from hubposture.wiring.workplace import Surroundings, Workplace, utc_now, workplace

__all__ = [
    "Connection",
    "FirstSeen",
    "Refreshed",
    "Served",
    "Store",
    "Surroundings",
    "Workplace",
    "begin_baseline",
    "book_of_rows",
    "census_reader",
    "connect",
    "controls_table",
    "findings_files",
    "findings_queue",
    "findings_reader",
    "gathering",
    "move_ledger",
    "naive",
    "open_store",
    "packaged_catalog",
    "patch_workbook",
    "put_workbook",
    "read_workbook",
    "refresh_workbook",
    "rehearsal",
    "serve_sandbox",
    "set_global_rule",
    "utc_now",
    "workbook_bytes",
    "workplace",
]
