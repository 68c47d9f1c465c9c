"""Waivers: approved exceptions that expire. Parsing, matching, deciding, and what is written because of it."""
