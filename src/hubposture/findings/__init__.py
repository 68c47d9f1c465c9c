"""Findings in their normal form, the subjects they speak of, and how both change. Pure; SQL here is text."""
