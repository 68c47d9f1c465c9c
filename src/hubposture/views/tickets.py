"""Documents of tickets: what would be done, what was done, what there is, what would fail, and who disagrees."""

from hubposture.views.tickets_adopt import adopt_document, test_document
from hubposture.views.tickets_check import check_document
from hubposture.views.tickets_list import list_document
from hubposture.views.tickets_plan import plan_document
from hubposture.views.tickets_rows import SyncRow, TicketRow, sync_row
from hubposture.views.tickets_sync import sync_document
from hubposture.views.tickets_verify import verify_document

__all__ = [
    "SyncRow",
    "TicketRow",
    "adopt_document",
    "check_document",
    "list_document",
    "plan_document",
    "sync_document",
    "sync_row",
    "test_document",
    "verify_document",
]
