"""An emulated organization for tests, demos and rehearsals; not verified against AWS."""
