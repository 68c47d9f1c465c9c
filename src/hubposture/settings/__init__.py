"""Settings: hubposture.toml, the environment and options as one frozen, typed thing."""
