"""The journal's tables. A change of the schema is a new entry at the end of `MIGRATIONS`."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE sessions (
        id TEXT NOT NULL,
        backend TEXT NOT NULL,
        name TEXT NOT NULL,
        task_id TEXT NOT NULL DEFAULT '',
        user_id TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL,
        used_at REAL NOT NULL,
        forgotten_at REAL,
        PRIMARY KEY (id)
    );
    CREATE INDEX sessions_by_backend ON sessions (backend, used_at);

    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        text TEXT NOT NULL,
        route TEXT NOT NULL,
        state TEXT NOT NULL,
        reply TEXT NOT NULL DEFAULT '',
        receipt TEXT,
        problem TEXT,
        offers TEXT NOT NULL DEFAULT '[]',
        position REAL NOT NULL,
        created_at REAL NOT NULL,
        sent_at REAL,
        ended_at REAL,
        draft_before INTEGER,
        credits_before REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX turns_by_session ON turns (session_id, position);

    CREATE TABLE drafts (
        session_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        json TEXT NOT NULL,
        turn_id INTEGER,
        seen_at REAL NOT NULL,
        PRIMARY KEY (session_id, version)
    );

    CREATE TABLE assets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        path BLOB,
        name TEXT NOT NULL,
        kind TEXT NOT NULL DEFAULT '',
        source TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        retry_at REAL,
        tries INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL DEFAULT 0,
        mtime_ns INTEGER,
        device INTEGER,
        inode INTEGER,
        sha256 TEXT NOT NULL DEFAULT '',
        remote_name TEXT NOT NULL DEFAULT '',
        url TEXT NOT NULL DEFAULT '',
        duration_s REAL,
        width INTEGER,
        height INTEGER,
        fps REAL,
        created_at REAL NOT NULL,
        done_at REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX assets_by_session ON assets (session_id, state);
    CREATE INDEX assets_by_path ON assets (session_id, path);
    CREATE INDEX assets_by_hash ON assets (session_id, sha256);

    CREATE TABLE renders (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        draft_version INTEGER NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        options TEXT NOT NULL,
        state TEXT NOT NULL,
        progress REAL NOT NULL DEFAULT 0,
        path BLOB,
        destination BLOB,
        problem TEXT,
        attempt INTEGER NOT NULL DEFAULT 1,
        position REAL NOT NULL,
        created_at REAL NOT NULL,
        submitted_at REAL,
        seen_at REAL,
        ended_at REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX renders_by_session ON renders (session_id, position);

    CREATE TABLE facts (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE assets ADD COLUMN label TEXT NOT NULL DEFAULT '';
    """,
)
