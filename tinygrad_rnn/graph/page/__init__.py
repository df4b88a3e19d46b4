"""One interactive HTML file: Flow to plain numbers (`data`), put into a template (`page`)."""

from .page import Page, report

__all__ = ["Page", "report"]
