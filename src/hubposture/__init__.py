"""AWS Security Hub CSPM as an organization's cloud security posture platform."""

__version__ = "0.1.0"
