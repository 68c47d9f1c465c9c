"""The weekly report: one model, told to every renderer as the same sections."""
