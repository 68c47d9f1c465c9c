"""The emulated operations of Security Hub, one module per family; each answers `operations()` by name."""
