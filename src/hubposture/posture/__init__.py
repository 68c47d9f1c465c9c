"""Control statuses, obligations, scores and movement: portable SQL and typed rows."""
