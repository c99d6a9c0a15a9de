"""What can keep the embedded servers from running, as one Chinese sentence."""

from __future__ import annotations


class EmbeddedFailure(Exception):
    """The servers cannot run; the message tells the person at the terminal what to do."""
