"""Evidence for auditors as data: what a pack tells of each control, waiver, day and commit."""
