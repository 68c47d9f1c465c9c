"""AWS behind the ports: clients, credentials per call, limits, retries, and one file per family of operations."""
