"""Measures what is promised; a figure is printed beside each promise and never turned into a test."""
