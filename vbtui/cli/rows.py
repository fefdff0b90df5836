"""The rows of `vbtui make --each DIR` and `--from ROWS`: what each names, and what is made of it.

`{column}` in a sentence, in FILE and in OUT stands for the row's value, `{{` and `}}` for braces. A value is content: what
looks like a placeholder in it is none, between quotation marks it stays between them, and in OUT it names no folder.
All of it is known, or refused, before anything is begun.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.files import disk_errors
from vbtui.base.foreign_json import parse
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line, safe_filename, to_json
from vbtui.base.translation import Translation
from vbtui.cli.shell import readable_folder
from vbtui.cli.stdin import everything
from vbtui.cli.wishes import is_the_end, wished
from vbtui.journal.records import ExportOptions
from vbtui.language.intents import EXPORT, route
from vbtui.language.quotes import Quotes, literal, quoted
from vbtui.media.files import kind_of, shown_name
from vbtui.session.studio import LOCAL

_T = Translation
_NO_ROWS = _T("There is no row in {source}.", "{source} 中没有任何行。")
_NO_VIDEO = _T("There is no video file in {source}.", "{source} 中没有视频文件。")
_INPUT = _T("standard input", "标准输入")
_NOT_THERE = _T("{path} does not exist.", "{path} 不存在。")
_LINE = _T("line {number}", "第 {number} 行")
_BAD_ROW = _T("{row}: {why}.", "{row}：{why}。")
_NOT_UTF8 = _T("{source} is not UTF-8.", "{source} 不是 UTF-8 编码。")
_NO_OBJECT = _T("not a JSON object", "不是 JSON 对象")
_NO_TEXT = _T("{column} is neither a text nor a number", "{column} 既不是文字也不是数字")
_CELLS = _T("{cells} cells for {columns} columns", "有 {cells} 个单元格，但共有 {columns} 列")
_COLUMNS = _T("a column has no name, or two have the same", "有的列没有名称，或两列名称相同")
_UNREAD = _T("not readable as a table: {why}", "无法作为表格读取：{why}")
_NO_COLUMN = _T(
    "{row}: there is no column {column}; there are {known}.",
    "{row}：没有列 {column}；现有：{known}。",
)
_BRACE = _T(
    "“{text}”: a brace stands for a column; one that is meant is written twice.",
    "“{text}”：花括号代表列；要写花括号本身请写两次。",
)
_NO_FILES = _T(
    "no file is named: in a column files, or as FILE", "没有写出文件：请用 files 列或 FILE"
)
_NO_PATH = _T("no file has such a name", "没有文件可以叫这个名称")
_NO_NAME = _T("{column} gives no file name", "{column} 不能用作文件名")
_LONG = _T("the name of its video is too long", "视频文件名太长")
_QUOTES = _T("a value holds every kind of quotation mark", "某个值含有所有种类的引号")
_NOTHING_SAID = _T("nothing is said", "没有要说的话")
_SAME = _T(
    "{one} and {other} would make the same file: {path}.",
    "{one} 和 {other} 会生成同一个文件：{path}。",
)
_TELL_APART = _T(
    "Put a column into -o that tells them apart: -o 'out/{name}.mp4'",
    "请在 -o 中加入能区分它们的列：-o 'out/{name}.mp4'",
)
_OTHER_FORMAT = _T("a sentence says another format than {ending}", "句子要求的格式与 {ending} 不同")
_OWN_CLIP = _T("its video would replace its own clip", "它的视频会覆盖自己的素材")
_INSIDE = _T(
    "The videos would land in {folder}, and be its files the next time.",
    "视频会落在 {folder} 中，下次会被当作其中的文件。",
)
_ELSEWHERE = _T("Name another folder with -o.", "请用 -o 指定别的文件夹。")
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_MOST_BYTES = 255
"""Of a file's name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One video to be made."""

    number: int
    """1 for the first."""
    name: str
    """As it is told: the file, the line."""
    files: tuple[Path, ...]
    say: tuple[str, ...]
    options: ExportOptions
    """With its destination."""
    key: str
    """What is made of it: another row has another, and the same row has it in every run."""

    @property
    def output(self) -> Path:
        assert self.options.destination is not None
        return self.options.destination


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row as it was read."""

    name: str
    values: Mapping[str, str]
    files: tuple[Path, ...]


def rows_of(settings: Settings, arguments: argparse.Namespace, backend: str) -> list[Row]:
    """What the arguments ask for, in order. Raises `UsageError` where one row cannot be made as it is asked for, and
    `DiskProblem`."""
    if arguments.each:
        entries = _each(readable_folder(arguments.each, make=False))
    else:
        entries = _from(arguments.rows)
    made: list[Row] = []
    taken: dict[str, Row] = {}
    for number, entry in enumerate(entries, 1):
        row = _row(settings, arguments, backend, number, entry)
        twin = taken.setdefault(_plain(row.output), row)
        if twin is not row:
            path = clean_line(str(row.output))
            raise UsageError(
                _SAME.of(one=twin.name, other=row.name, path=path), hint=_TELL_APART.of()
            )
        made.append(row)
    if arguments.each:
        _check_outside(arguments.each, made)
    return made


def _row(
    settings: Settings, arguments: argparse.Namespace, backend: str, number: int, entry: _Entry
) -> Row:
    values = {"number": str(number), **entry.values}
    if "name" not in values and entry.files:
        values["name"] = shown_name(Path(entry.files[0].stem))
    fill = _Filler(entry.name, values, is_local=backend == LOCAL)
    shared = [fill.path(str(path)) for path in arguments.files]
    files = tuple(path.absolute() for path in (*entry.files, *shared))
    if not files:
        raise _bad(entry.name, _NO_FILES.of())
    told = {one: fill.sentence(one) for one in arguments.say}
    edits = tuple(text for one, text in told.items() if text and not _exports(one, text))
    if not edits:
        raise _bad(entry.name, _NOTHING_SAID.of())
    output = fill.output(str(arguments.output)).absolute()
    options = wished(settings, output, arguments.quality, list(told.values()))
    if output in files:
        raise _bad(entry.name, _OWN_CLIP.of())
    formats = {route(text).options.get("format", options.format) for text in told.values()}
    if formats - {options.format}:
        raise _bad(entry.name, _OTHER_FORMAT.of(ending=output.suffix))
    form = (options.quality, options.preset, options.width, options.height)
    made_of = (backend, edits, list(map(_identity, files)), str(output), form)
    key = hashlib.sha256(to_json(made_of).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return Row(number, entry.name, files, edits, options, key)


def _exports(template: str, text: str) -> bool:
    """Whether it asks for the export that comes at the end anyway: no value makes a sentence one that is not said."""
    return route(template).kind == EXPORT or is_the_end(text)


def _identity(path: Path) -> list[object]:
    try:
        stat = path.stat()
    except OSError:  # its row tells it when its turn comes
        return [str(path)]
    return [str(path), stat.st_size, stat.st_mtime_ns]


def _plain(path: Path) -> str:
    """The same for two names that are one file on some machine."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _check_outside(folder: Path, rows: Sequence[Row]) -> None:
    inside = os.path.realpath(folder)
    for row in rows:
        if os.path.commonpath([inside, os.path.realpath(row.output)]) == inside:
            raise UsageError(_INSIDE.of(folder=clean_line(str(folder))), hint=_ELSEWHERE)


# -- what is read ---------------------------------------------------------------------------------


def _each(folder: Path) -> list[_Entry]:
    """The video files of the folder, and the folders in it that hold files that can be used."""
    found: list[_Entry] = []
    with disk_errors(folder):
        for path in _listed(folder):
            if path.is_dir():
                clips = tuple(one for one in _listed(path) if kind_of(one.name) and one.is_file())
                name = shown_name(path)
            else:
                clips = (path,) if kind_of(path.name) == "video" else ()
                name = shown_name(Path(path.stem))
            if clips:
                values = {"name": name, "file": shown_name(path), "path": str(path)}
                found.append(_Entry(shown_name(path), values, clips))
    if not found:
        raise UsageError(_NO_VIDEO.of(source=clean_line(str(folder))), hint="")
    return found


def _listed(folder: Path) -> list[Path]:
    """What is not hidden, as people sort it."""
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return sorted(
        found, key=lambda path: [_sorted_as(one) for one in re.split(r"(\d+)", path.name)]
    )


def _sorted_as(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isascii() and part.isdecimal() else (0, part.casefold())


def _from(source: Path) -> list[_Entry]:
    """The rows of a CSV or JSON Lines file; `-`: of standard input."""
    is_input = str(source) == "-"
    shown = _INPUT.of() if is_input else clean_line(str(source))
    if not is_input and not source.exists():
        raise UsageError(_NOT_THERE.of(path=shown), hint="")
    with disk_errors(source):
        data = everything() if is_input else source.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(_NOT_UTF8.of(source=shown)) from None
    read = _json_lines if text.lstrip()[:1] == "{" else _table
    folder = Path.cwd() if is_input else source.absolute().parent
    found: list[_Entry] = []
    for number, values in read(text):
        where = _LINE.of(number=number)
        listed = values.get("files", "")
        named = listed if isinstance(listed, list) else _split(listed, folder)
        plain = {name: value for name, value in values.items() if isinstance(value, str)}
        files = [folder / _path(where, name) for name in named if name.strip()]
        found.append(_Entry(where, plain, tuple(_with_clips(files))))
    if not found:
        raise UsageError(_NO_ROWS.of(source=shown), hint="")
    return found


def _path(row: str, name: str) -> Path:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        name = "\0"
    if "\0" in name:
        raise _bad(row, _NO_PATH.of())
    return Path(name)


def _split(listed: str, folder: Path) -> list[str]:
    """The names in a cell: one that is a file as it stands is one."""
    is_one = "\0" not in listed and (folder / listed).is_file()
    return [listed] if is_one else [name.strip() for name in listed.split(";")]


def _with_clips(files: Sequence[Path]) -> Iterator[Path]:
    """`files`, and in the place of a folder the files in it."""
    for path in files:
        if path.is_dir():
            yield from (one for one in _listed(path) if kind_of(one.name) and one.is_file())
        else:
            yield path


def _table(text: str) -> Iterator[tuple[int, dict[str, str | list[str]]]]:
    """Each row of a CSV text with the number of its line; `,`, `;` or a tab stands between cells."""
    header = text.lstrip("\n").partition("\n")[0]
    sign = next((one for one in ",;\t" if one in header), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            where = _LINE.of(number=reader.line_num)
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [clean_line(cell) for cell in cells]
                if "" in columns or len(set(columns)) < len(columns):
                    raise _bad(where, _COLUMNS.of())
            elif len(cells) != len(columns):
                raise _bad(where, _CELLS.of(cells=len(cells), columns=len(columns)))
            else:
                yield reader.line_num, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise _bad(_LINE.of(number=reader.line_num), _UNREAD.of(why=error)) from None


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, str | list[str]]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = parse(line, strict=True)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise _bad(_LINE.of(number=number), _NO_OBJECT.of())
        yield number, {clean_line(name): _value(name, one, number) for name, one in value.items()}


def _value(name: str, value: Any, number: int) -> str | list[str]:
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return value if isinstance(value, str) else to_json(value)
    if name == "files" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    raise _bad(_LINE.of(number=number), _NO_TEXT.of(column=clean_line(name)))


def _bad(row: str, why: str) -> UsageError:
    return UsageError(_BAD_ROW.of(row=row, why=clean_line(why)), hint="")


# -- what is made of it ---------------------------------------------------------------------------


class _Filler:
    """Puts the values of one row into texts. Raises `UsageError`."""

    def __init__(self, row: str, values: Mapping[str, str], *, is_local: bool) -> None:
        """
        Args:
            is_local: a clip's `{name}` in the words of a text is for the studio to fill in.
        """
        self._row, self._values = row, values
        self._literal = literal if is_local else str

    def sentence(self, text: str) -> str:
        """Words; what stands between quotation marks stays there, whatever a value holds."""
        parts, place = [], 0
        for start, end in Quotes(text).runs():
            parts += [self._words(text[place:start]), self._quoted(text[start:end])]
            place = end
        return "".join([*parts, self._words(text[place:])]).strip()

    def path(self, text: str) -> Path:
        """A file that is read: the value as it is."""
        return _path(self._row, self._filled(text, lambda _, value: value))

    def output(self, text: str) -> Path:
        """A file that is written: a value is a part of a name, and leads nowhere else."""

        def part(column: str, value: str) -> str:
            name = safe_filename(_readable(value), fallback="")
            if not name:
                raise _bad(self._row, _NO_NAME.of(column=f"{{{column}}}"))
            return name

        made = Path(self._filled(text, part))
        if any(len(os.fsencode(one)) > _MOST_BYTES for one in made.parts):
            raise _bad(self._row, _LONG.of())
        return made

    def _words(self, text: str) -> str:
        return self._filled(text, lambda _, value: self._literal(clean_line(_readable(value))))

    def _quoted(self, text: str) -> str:
        filled = self._words(text)
        if Quotes(filled).end(0) == len(filled):
            return filled
        again = quoted(filled[1:-1])
        if Quotes(again).end(0) != len(again):
            raise _bad(self._row, _QUOTES.of())
        return again

    def _filled(self, text: str, shown: Callable[[str, str], str]) -> str:
        def value(found: re.Match[str]) -> str:
            if found[0] in ("{{", "}}"):
                return found[0][0]
            if found[1] is None:
                raise UsageError(_BRACE.of(text=clean_line(text)), hint="")
            column = clean_line(found[1])
            if column not in self._values:
                known = ", ".join(f"{{{one}}}" for one in self._values)
                raise UsageError(
                    _NO_COLUMN.of(row=self._row, column=f"{{{column}}}", known=known), hint=""
                )
            return shown(column, self._values[column])

        return _PLACE.sub(value, text)


def _readable(value: str) -> str:
    """A text, also of a name that is no UTF-8."""
    return value.encode("utf-8", "replace").decode()
