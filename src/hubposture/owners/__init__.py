"""The teams that own resources, and the chain that leads to them (pure)."""
