"""The ledger: runs, intended changes, audit trail, leases, in SQLite or PostgreSQL."""
