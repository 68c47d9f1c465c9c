"""Changes as data: edits, plans, guards, outcomes, chunks. Built once, used by every capability that writes."""
