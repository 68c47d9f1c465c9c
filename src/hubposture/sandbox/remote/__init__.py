"""Emulated systems beside AWS, served on loopback: what hubposture's connectors speak to in tests and rehearsals."""
