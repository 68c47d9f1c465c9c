"""Renderers of documents: terminal text, markdown, JSON. They escape; they decide nothing."""
