"""Central configuration: what configuration policies say, can say, and should say. Pure."""
