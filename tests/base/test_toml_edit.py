"""One value of a TOML file changed: what else is in it stays."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.base.toml_edit import Unwritable, with_value

AT_ONCE = ("uploads", "at_once")
EXPORT = ("keys", "app", "export")


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("", AT_ONCE, 3, "[uploads]\nat_once = 3\n"),
        ("# mine\n", AT_ONCE, 3, "# mine\n\n[uploads]\nat_once = 3\n"),
        ("a = 1", AT_ONCE, 3, "a = 1\n\n[uploads]\nat_once = 3\n"),
        ("", ("api_url",), "x", 'api_url = "x"\n'),
        ("[uploads]\n", ("api_url",), "x", 'api_url = "x"\n[uploads]\n'),
        ("b = 1 # b\n[c]\n", ("api_url",), "x", 'b = 1 # b\napi_url = "x"\n[c]\n'),
        ("[uploads]\nat_once=2# two\n", AT_ONCE, 3, "[uploads]\nat_once=3# two\n"),
        ("uploads.at_once  =  2\n", AT_ONCE, 3, "uploads.at_once  =  3\n"),
        ("uploads = { at_once = 2 } # x\n", AT_ONCE, 3, "uploads = { at_once = 3 } # x\n"),
        ("uploads = {}\n", AT_ONCE, 3, "uploads = { at_once = 3}\n"),
        ("uploads = { b = 1 }\n", AT_ONCE, 3, "uploads = { at_once = 3, b = 1 }\n"),
        ("uploads.b = 1\n[c]\n", AT_ONCE, 3, "uploads.b = 1\nuploads.at_once = 3\n[c]\n"),
        (
            "[uploads]\n# one\nb = 1\n\n# of c\n[c]\nd = 1\n",
            AT_ONCE,
            3,
            "[uploads]\n# one\nb = 1\nat_once = 3\n\n# of c\n[c]\nd = 1\n",
        ),
        ("['uploads']\r\nb = 1\r\n", AT_ONCE, 3, "['uploads']\r\nb = 1\r\nat_once = 3\r\n"),
        ("[keys]\n'app.export' = 'x'\n", EXPORT, "f8", "[keys]\n'app.export' = \"f8\"\n"),
        ("[keys]\napp.help = 'x'\n", EXPORT, "f8", "[keys]\napp.help = 'x'\napp.export = \"f8\"\n"),
        ("[keys.app]\nhelp = 'x'\n", EXPORT, "f8", "[keys.app]\nhelp = 'x'\nexport = \"f8\"\n"),
        ("[keys]\n", EXPORT, "f8", '[keys]\napp.export = "f8"\n'),
        (
            '[keys]\na = """\n[uploads]\nat_once = 9\n"""\n',
            AT_ONCE,
            3,
            '[keys]\na = """\n[uploads]\nat_once = 9\n"""\n\n[uploads]\nat_once = 3\n',
        ),
        (
            "[[commands]]\nrun = [ # at_once = 1\n 'a', ]\n",
            AT_ONCE,
            3,
            "[[commands]]\nrun = [ # at_once = 1\n 'a', ]\n\n[uploads]\nat_once = 3\n",
        ),
        ("[uploads]\nat_once = 2\nb = 1\n", AT_ONCE, None, "[uploads]\nb = 1\n"),
        ("[uploads]\nat_once = 2 # two\n", AT_ONCE, None, "[uploads]\n# two\n"),
        ("uploads = { at_once = 2, b = 1 }\n", AT_ONCE, None, "uploads = { b = 1 }\n"),
        ("uploads = { b = 1, at_once = 2 }\n", AT_ONCE, None, "uploads = { b = 1 }\n"),
        ("a = 1\n", AT_ONCE, None, "a = 1\n"),
        ("", ("display", "theme"), 'a"\\\n\x7f', '[display]\ntheme = "a\\"\\\\\\n\\u007f"\n'),
    ],
)  # fmt: skip
def test_one_value_is_changed(
    before: str, path: tuple[str, ...], value: str | int | None, after: str
) -> None:
    assert with_value(before, path, value) == after


@pytest.mark.parametrize(
    ("text", "path"),
    [("not toml", AT_ONCE), ("uploads = 3\n", AT_ONCE), ("[[uploads]]\nat_once = 2\n", AT_ONCE)],
)
def test_what_cannot_be_edited_is_left_alone(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(Unwritable):
        with_value(text, path, 3)


_KEYS = st.sampled_from(["at_once", "b", "'c d'", '"e.f"', "g.h", '"q\\"\'"'])
_VALUES = st.sampled_from(
    ["1", "2.5", "true", '"a # b"', "'[x]'", '"""\n[uploads]\n\\"""" """', "'''\na = 1'''''",
     "[1, [2, {a = 1}], ]", "{ y = 1, z = [ ] }", "1979-05-27 07:32:00", "{}", "0x1f"]
)  # fmt: skip
_LINES = st.one_of(
    st.builds("{} = {}".format, _KEYS, _VALUES),
    st.builds("{}={} # [uploads] {{".format, _KEYS, _VALUES),
    st.sampled_from(["", "  # note", "[uploads]", "[ 'x' . y ]", "[[commands]]", "[keys]", "[keys.g]"]),
)  # fmt: skip


@given(
    st.lists(_LINES, max_size=9),
    st.sampled_from([AT_ONCE, ("uploads", "b"), EXPORT, ("b",), ("keys", "g", "h")]),
    st.sampled_from([7, "x", 2.5, False, None]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_everything_else_of_a_file_stays(
    lines: list[str], path: tuple[str, ...], value: str | int | float | None, line_end: str
) -> None:
    text = "\n".join(lines).replace("\n", line_end) + line_end
    try:
        before = tomllib.loads(text.replace("\r\n", "\n"))
        after = with_value(text, path, value)
    except (tomllib.TOMLDecodeError, Unwritable):
        return
    read = tomllib.loads(after.replace("\r\n", "\n"))
    assert _get(read, path) == value
    assert _rest(read, path) == _rest(before, path)
    assert _comments(after) == _comments(text)


def _get(data: object, path: tuple[str, ...]) -> object:
    for place, key in enumerate(path):
        if isinstance(data, dict) and ".".join(path[place:]) in data:
            return data[".".join(path[place:])]
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _rest(data: object, path: tuple[str, ...], before: str = "") -> object:
    if not isinstance(data, dict):
        return data
    kept = {
        key: _rest(value, path, f"{before}{key}.")
        for key, value in data.items()
        if f"{before}{key}" != ".".join(path)
    }
    return {key: value for key, value in kept.items() if value != {}}


def _comments(text: str) -> int:
    return text.count("# note") + text.count("# [uploads] {")
