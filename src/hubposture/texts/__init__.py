"""Texts that people keep: YAML with its places, read, edited and written."""
