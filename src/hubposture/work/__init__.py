"""Work: which tickets and messages should exist, as data (pure)."""
