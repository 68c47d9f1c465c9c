"""AWS Security Hub CSPM as an organization's cloud security posture platform."""
