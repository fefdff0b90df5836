"""`vbtui completion SHELL`, `vbtui help`, and the man page: all made of the parser, when they are asked for and when the
wheel is built.

One small generator for the three shells: the usual one knows no fish, and would be a dependency of the build. It loads
nothing but the standard library, so that a build needs nothing installed.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vbtui import __version__
from vbtui.base.translation import Translation
from vbtui.cli.parser import COMMANDS, DESCRIPTION, EPILOG, EXIT_CODES, Misused, Parser, parser

SHELLS = ("bash", "zsh", "fish")
SHARED = {
    "share/bash-completion/completions/vbtui": "bash",
    "share/zsh/site-functions/_vbtui": "zsh",
    "share/fish/vendor_completions.d/vbtui.fish": "fish",
    "share/man/man1/vbtui.1": "man",
}
"""Where shells and man look for them below the prefix of an installation."""
_NO_COMMAND = Translation("vbtui has no command {name}.", "vbtui 没有命令 {name}。")


@dataclass(frozen=True, slots=True)
class _Option:
    """One option of a command."""

    names: tuple[str, ...]
    help: str
    value: str
    """`none`, `file`, `word`, or the choices, with spaces between."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What a command can be given."""

    name: str
    help: str
    options: tuple[_Option, ...]
    choices: str
    """Of its first word; empty where there are none."""
    takes_files: bool


def run(arguments: argparse.Namespace) -> int:
    """The script, or the help, goes to stdout. Raises `Misused` for a command that is not there."""
    if arguments.command == "completion":
        print(script(arguments.shell), end="")
        return 0
    whole = parser()
    if not arguments.of:
        whole.print_help()
        return 0
    own = _commands(whole).get(arguments.of)
    if own is None:
        raise Misused(_NO_COMMAND.of(name=arguments.of), whole)
    own.print_help()
    return 0


def script(what: str) -> str:
    """The completions of a shell, or the man page (`man`)."""
    whole = parser()
    commands = _commands(whole)
    if what == "man":
        return _man(whole, commands)
    words = [_words_of(one.name, one.help.of(), commands[one.name]) for one in COMMANDS]
    top = _words_of("", "", whole)
    make = {"bash": _bash, "zsh": _zsh, "fish": _fish}[what]
    return "\n".join(make(top, words)) + "\n"


def _commands(whole: Parser) -> dict[str, Parser]:
    """The parsers of all commands, with their options."""
    for one in whole.commands.values():
        one.fill()
    return whole.commands


def _words_of(name: str, help: str, of: Parser) -> _Words:
    options, choices, takes_files = [], "", False
    for action in of.given:
        if action.option_strings:
            names = tuple(action.option_strings)
            options.append(_Option(names, action.help or "", _value_of(action)))
        elif action.choices:
            choices = " ".join(map(str, action.choices))
        else:
            takes_files = takes_files or str(action.metavar) in ("FILE", "DIR")
    return _Words(name, help, tuple(options), choices, takes_files)


def _value_of(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "none"
    if action.choices:
        return " ".join(map(str, action.choices))
    return "file" if action.type is Path else "word"


# -- bash ---------------------------------------------------------------------------------------


def _bash(top: _Words, commands: Sequence[_Words]) -> Iterator[str]:
    every = [option for one in (top, *commands) for option in one.options]
    valued = sorted({name for one in every if one.value != "none" for name in one.names})
    names = " ".join(one.name for one in commands)
    yield "# bash completion of vbtui"
    yield "_vbtui() {"
    yield "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    local command= given=0 i options choices= files= word"
    yield "    for ((i = 1; i < COMP_CWORD; i++)); do"
    yield "        word=${COMP_WORDS[i]}"
    yield "        case $word in"
    yield f"            {'|'.join(valued)}) ((i++)) ;;"
    yield "            -*) ;;"
    yield "            *) if [[ -z $command ]]; then command=$word; else ((given++)); fi ;;"
    yield "        esac"
    yield "    done"
    yield '    case "$command" in'
    for one in (*commands, top):
        flags = " ".join(name for option in one.options for name in option.names)
        more = f" choices={shlex.quote(one.choices)}" if one.choices else ""
        more += " files=1" if one.takes_files else ""
        label = shlex.quote(one.name) if one.name else "*"
        yield f"        {label}) options={shlex.quote(flags)}{more} ;;"
    yield "    esac"
    yield f"    [[ -z $command ]] && choices={shlex.quote(names)}"
    yield '    case "$prev" in'
    closed: dict[str, str] = {
        name: one.value
        for one in every
        if one.value not in ("none", "file", "word")
        for name in one.names
    }
    for name, values in sorted(closed.items()):
        yield f'        {name}) COMPREPLY=($(compgen -W {shlex.quote(values)} -- "$cur")); return ;;'
    paths = sorted({name for one in every if one.value == "file" for name in one.names})
    yield f"        {'|'.join(paths)}) compopt -o filenames; "
    yield '            mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;'
    yield f"        {'|'.join(sorted({*valued} - {*closed} - {*paths}))}) return ;;"
    yield "    esac"
    yield "    if [[ $cur == -* ]]; then"
    yield '        COMPREPLY=($(compgen -W "$options" -- "$cur"))'
    yield "    elif [[ -n $choices && $given == 0 ]]; then"
    yield '        COMPREPLY=($(compgen -W "$choices" -- "$cur"))'
    yield "    elif [[ -n $files ]]; then"
    yield "        compopt -o filenames"
    yield '        mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
    yield "    fi"
    yield "}"
    yield "complete -F _vbtui vbtui"


# -- zsh ----------------------------------------------------------------------------------------


def _zsh(top: _Words, commands: Sequence[_Words]) -> Iterator[str]:
    yield "#compdef vbtui"
    yield "_vbtui() {"
    yield "    local context state line"
    yield "    typeset -A opt_args"
    yield "    local -a commands=("
    for one in commands:
        yield f"        {shlex.quote(one.name + ':' + one.help.replace(':', ' -'))}"
    yield "    )"
    yield "    _arguments -C \\"
    for option in top.options:
        yield from (f"        {spec} \\" for spec in _zsh_option(option))
    yield "        '1: :->command' '*:: :->rest'"
    yield "    case $state in"
    yield "        command) _describe command commands ;;"
    yield "        rest)"
    yield "            case $words[1] in"
    for one in commands:
        specs = [spec for option in one.options for spec in _zsh_option(option)]
        if one.choices:
            specs.append(shlex.quote(f"1: :({one.choices})"))
        if one.takes_files:
            specs.append("'*:file:_files'")
        yield f"                {one.name}) _arguments {' '.join(specs)} ;;"
    yield "            esac ;;"
    yield "    esac"
    yield "}"
    yield 'if [[ "$funcstack[1]" == _vbtui ]]; then _vbtui "$@"; else compdef _vbtui vbtui; fi'


def _zsh_option(option: _Option) -> Iterator[str]:
    told = re.sub(r"([\[\]:])", r"\\\1", option.help)
    value = {"none": "", "file": ":file:_files", "word": ":value: "}.get(
        option.value, f":value:({option.value})"
    )
    for name in option.names:
        yield shlex.quote(f"*{name}[{told}]{value}")


# -- fish ---------------------------------------------------------------------------------------


def _fish(top: _Words, commands: Sequence[_Words]) -> Iterator[str]:
    yield "# fish completion of vbtui"
    yield "complete -c vbtui -f"
    for option in top.options:
        yield f"complete -c vbtui -n __fish_use_subcommand{_fish_option(option)}"
    for one in commands:
        told = f" -d {_fish_quoted(one.help)}"
        yield f"complete -c vbtui -n __fish_use_subcommand -a {one.name}{told}"
        seen = f"complete -c vbtui -n '__fish_seen_subcommand_from {one.name}'"
        for option in one.options:
            yield f"{seen}{_fish_option(option)}"
        if one.choices:
            yield f"{seen} -a {_fish_quoted(one.choices)}"
        if one.takes_files:
            yield f"{seen} -F"


def _fish_option(option: _Option) -> str:
    names = "".join(
        f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names
    )
    value = {"none": "", "file": " -r -F", "word": " -x"}.get(
        option.value, f" -x -a {_fish_quoted(option.value)}"
    )
    told = f" -d {_fish_quoted(option.help)}" if option.help else ""
    return f"{names}{value}{told}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# -- man ----------------------------------------------------------------------------------------


def _man(whole: Parser, commands: dict[str, Parser]) -> str:
    lines = [
        f'.TH VBTUI 1 "" "vbtui {__version__}" "User Commands"',
        ".SH NAME",
        f"vbtui \\- {_roff(DESCRIPTION.of())}",
        ".SH SYNOPSIS",
        ".nf",
        *(_roff(line) for line in _usage(whole)),
        ".fi",
        ".SH DESCRIPTION",
        _roff(EPILOG.of()),
        ".SH OPTIONS",
        *_man_options(whole),
        ".SH COMMANDS",
    ]
    for one in COMMANDS:
        own = commands[one.name]
        lines += [f".SS {one.name}", _roff(one.help.of()), ".PP", ".nf"]
        lines += [*(_roff(line) for line in _usage(own)), ".fi"]
        lines += _man_options(own)
        lines += [".PP", ".nf", *(f"    {_roff(example.of())}" for example in one.examples), ".fi"]
    lines.append(".SH EXIT STATUS")
    for code, told in EXIT_CODES.items():
        lines += [".TP", str(code), _roff(told.of())]
    lines += [
        ".SH FILES",
        ".TP",
        "~/.config/vbtui/config.toml",
        "The settings.",
        ".TP",
        "~/.local/state/vbtui/",
        "The journal and the log.",
        ".SH ENVIRONMENT",
        ".TP",
        "NEMO_TOKEN",
        "The token of the cloud.",
        ".TP",
        "VBTUI_CONFIG",
        "Another file of settings.",
    ]
    return "\n".join(lines) + "\n"


def _usage(of: argparse.ArgumentParser) -> list[str]:
    return of.format_usage().split(" ", 1)[1].rstrip().splitlines()


def _man_options(of: Parser) -> Iterator[str]:
    for action in of.given:
        if not action.help:
            continue
        names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        takes = "" if action.nargs == 0 or not action.option_strings else f" {_metavar(action)}"
        yield ".TP"
        yield f"\\fB{_roff(names)}\\fR{_roff(takes)}"
        yield _roff(str(action.help))


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    return str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())


def _roff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text
