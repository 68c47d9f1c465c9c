"""The baseline: its files, what git knows about them, and the settings they hold."""
