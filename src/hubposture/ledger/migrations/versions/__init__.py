"""The ledger's schema, step by step; every step that was released stays as it is."""
