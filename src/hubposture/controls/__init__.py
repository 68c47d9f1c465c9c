"""Controls on and off: desired and current state per target, the plan between them, central policies. Pure."""
