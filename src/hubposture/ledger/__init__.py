"""The ledger: runs, intended changes, audit trail, leases, and the lake's versions, in SQLite or PostgreSQL."""
