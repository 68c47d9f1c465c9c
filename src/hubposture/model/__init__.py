"""Nouns used by more than one folder: controls, standards, parameters, accounts, targets."""
