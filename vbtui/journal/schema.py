"""The journal's tables: their versions, and how an older one becomes the newest."""

from __future__ import annotations

import sqlite3


class Newer(sqlite3.Error):
    """The journal was written by a newer vbtui."""


def migrate(connection: sqlite3.Connection, to: int | None = None) -> None:
    """Bring the tables up to date, or to that version. Raises `sqlite3.Error`, `Newer`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise Newer
        for number, script in enumerate(MIGRATIONS[version:to], version + 1):
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Unless SQLite did it by itself, as on a full disk."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


MIGRATIONS: tuple[str, ...] = (
    # The journal's tables. A change of the schema is a new entry at the end.
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
    """
    CREATE TEMP TABLE titles (title TEXT PRIMARY KEY, code TEXT NOT NULL);
    INSERT INTO titles VALUES
        ('Something went wrong', 'error'),
        ('出错了', 'error'),
        ('That does not work this way', 'usage'),
        ('不能这样做', 'usage'),
        ('This file cannot be used', 'bad_file'),
        ('文件无法使用', 'bad_file'),
        ('Unsupported file', 'unsupported_file'),
        ('不支持的文件', 'unsupported_file'),
        ('File too large', 'file_too_large'),
        ('文件过大', 'file_too_large'),
        ('The backend refused', 'backend'),
        ('后台拒绝了请求', 'backend'),
        ('The agent failed', 'backend.agent'),
        ('智能体出错了', 'backend.agent'),
        ('Sign-in refused', 'sign_in_refused'),
        ('登录被拒绝', 'sign_in_refused'),
        ('Session not found', 'session_not_found'),
        ('找不到项目', 'session_not_found'),
        ('No credits left', 'no_credits'),
        ('积分已用完', 'no_credits'),
        ('Your plan does not include exports', 'plan_blocked'),
        ('当前套餐不支持导出', 'plan_blocked'),
        ('Too many requests', 'rate_limited'),
        ('请求过于频繁', 'rate_limited'),
        ('The backend''s answer makes no sense', 'bad_reply'),
        ('无法理解后台的回复', 'bad_reply'),
        ('Connection problem', 'network'),
        ('连接问题', 'network'),
        ('The backend cannot be reached', 'unreachable'),
        ('无法连接后台', 'unreachable'),
        ('The connection broke', 'connection_broken'),
        ('连接中断', 'connection_broken'),
        ('No answer in time', 'timed_out'),
        ('等待回复超时', 'timed_out'),
        ('The export failed', 'render_failed'),
        ('Empty timeline', 'render_failed.empty_timeline'),
        ('Cannot write to the disk', 'disk'),
        ('无法写入磁盘', 'disk'),
        ('The local studio does not run', 'studio'),
        ('The local studio is not installed', 'studio_missing'),
        ('Nothing to export', 'nothing_to_export'),
        ('没有可导出的内容', 'nothing_to_export'),
        ('Nobody saw how this ended', 'turn_unseen'),
        ('不清楚这条消息的结果', 'turn_unseen'),
        ('vbtui', 'turn_lost'),
        ('Check the video', 'video_doubtful'),
        ('Check the length', 'video_doubtful.length'),
        ('A remark on the video', 'video_remark');
    UPDATE turns SET problem = json_insert(
        problem, '$[#]', coalesce(
            (SELECT code FROM titles WHERE title = json_extract(problem, '$[0]')), ''))
        WHERE problem IS NOT NULL AND json_array_length(problem) = 3;
    UPDATE renders SET problem = json_insert(
        problem, '$[#]', coalesce(
            (SELECT code FROM titles WHERE title = json_extract(problem, '$[0]')), ''))
        WHERE problem IS NOT NULL AND json_array_length(problem) = 3;
    DROP TABLE titles;
    """,
    """
    ALTER TABLE assets ADD COLUMN reason_code TEXT NOT NULL DEFAULT '';
    UPDATE assets SET reason = substr(reason, instr(reason, ': ') + 2)
        WHERE state = 'failed' AND reason LIKE 'retry in %: %';
    UPDATE assets SET reason_code = CASE
        WHEN state = 'failed' AND reason LIKE 'Not in the project any more: the backend lost it.%'
            THEN 'lost'
        WHEN state = 'queued' AND reason LIKE '%, on its way' THEN 'twin'
        WHEN state = 'settling' AND reason LIKE 'growing%' THEN 'growing'
        WHEN state = 'skipped' AND reason LIKE 'already uploaded as %' THEN 'copy'
        WHEN state = 'skipped' AND reason = 'by you' THEN 'by_user'
        WHEN state = 'gone' THEN 'vanished'
        WHEN state = 'replaced' THEN 'newer'
        ELSE '' END;
    """,
    """
    UPDATE turns SET receipt = json_set(receipt, '$.is_told', json(CASE
        WHEN reply LIKE '%Done. The agent said nothing_ this changed:%'
            OR reply LIKE '%, but the edit was made:%'
            OR reply LIKE '%This finished while vbtui was away:%'
            OR reply LIKE '%已完成。智能体没有说明，改动如下：%'
            OR reply LIKE '%，但修改已经完成：%'
            OR reply LIKE '%vbtui 关闭期间已完成：%'
        THEN 'true' ELSE 'false' END))
        WHERE receipt IS NOT NULL;
    """,
    """
    ALTER TABLE turns ADD COLUMN question TEXT;
    """,
    """
    ALTER TABLE turns ADD COLUMN author TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN awaited_by TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE turns ADD COLUMN stop_asked INTEGER NOT NULL DEFAULT 0;
    """,
)

VERSION = len(MIGRATIONS)
