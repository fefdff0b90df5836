"""Small facts that outlive a start: JSON values by key."""

from __future__ import annotations

import json
import sqlite3
from typing import Any


def get(connection: sqlite3.Connection, key: str) -> Any:
    """The value of `key`, None when there is none or it cannot be read."""
    row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    try:
        return json.loads(row["value"]) if row else None
    except ValueError:
        return None


def put(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep `value`, which must be JSON, under `key`."""
    connection.execute(
        "INSERT INTO facts (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value, ensure_ascii=False)),
    )
