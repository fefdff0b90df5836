"""The director: plain words become operations on the draft, without any AI model."""

from __future__ import annotations

from vbtui.studio.director.model import Call, Outcome, Project

__all__ = ["Call", "Outcome", "Project"]
