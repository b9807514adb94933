"""The help pages and the complaints about arguments, in the user's language.

Typer writes its own words ("Usage", "Options", "Missing argument") in English only, so the pages
are laid out here and its errors are put into words here.
"""

from __future__ import annotations

import re
from typing import Any, Final, Protocol

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from services.node.cli.language import side
from services.node.cli.terminal import Terminal
from services.node.language import Language

_HELP: Final = ("--help", "-h")


class _Parameter(Protocol):
    """What the pages need of an option or an argument."""

    name: str
    help: str | None
    hidden: bool
    opts: list[str]
    required: bool
    param_type_name: str
    envvar: str | list[str] | None


class HelpfulCommand(TyperCommand):
    """A command whose help page is in the user's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        del formatter
        _page(self, ctx, [])


class HelpfulGroup(TyperGroup):
    """The same for the whole program."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        del formatter
        _page(self, ctx, [c for c in self.commands.values() if not c.hidden])


def add_group(program: typer.Typer, name: str, text: str) -> typer.Typer:
    """A command with commands of its own; by itself it writes its help page."""
    names = {"help_option_names": list(_HELP)}
    group = typer.Typer(cls=HelpfulGroup, help=text, context_settings=names)
    group.callback(cls=HelpfulGroup, help=text, invoke_without_command=True)(_own_page)
    program.add_typer(group, name=name, cls=HelpfulGroup, help=text)
    return group


def _own_page(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        context.get_help()  # writes the page


def _page(command: Any, ctx: Any, commands: list[Any]) -> None:
    terminal = _terminal(ctx)
    language, out = terminal.language, terminal.out
    parameters: list[_Parameter] = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in parameters if p.param_type_name == "argument"]
    options = [p for p in parameters if p.param_type_name == "option" and p.name != "help"]
    words = [ctx.command_path, terminal.text("[TÙY CHỌN]", "[OPTIONS]")]
    words += [_metavar(a, language) for a in arguments]
    if commands:
        words.append(terminal.text("LỆNH …", "COMMAND …"))
    out.print(f"[bold]{terminal.text('Cách dùng', 'Usage')}:[/] {escape(' '.join(words))}")
    out.print(Padding(escape(side(command.help or "", language)), (1, 0, 1, 2)))
    if arguments:
        _section(
            out,
            terminal.text("Tham số", "Arguments"),
            [(_metavar(a, language), side(a.help or "", language)) for a in arguments],
        )
    listed = [(_names(o, language), _option_help(o, ctx, terminal)) for o in options]
    listed.append((", ".join(_HELP), terminal.text("In trang này.", "Print this page.")))
    _section(out, terminal.text("Tùy chọn", "Options"), listed)
    if commands:
        _section(
            out,
            terminal.text("Lệnh", "Commands"),
            [(str(c.name), _first_line(side(c.help or "", language))) for c in commands],
        )
    if command.epilog:
        out.print(Padding(escape(side(command.epilog, language)), (0, 0, 1, 2)))


def _terminal(ctx: Any) -> Terminal:
    terminal = ctx.find_root().obj
    if not isinstance(terminal, Terminal):
        raise TypeError("the program is run through services.node.cli.run")
    return terminal


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


def _metavar(parameter: Any, language: Language) -> str:
    return side(parameter.metavar or parameter.name.upper(), language)


def _names(option: Any, language: Language) -> str:
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {_metavar(option, language)}"


def _option_help(option: Any, ctx: Any, terminal: Terminal) -> str:
    parts = [side(option.help or "", terminal.language)]
    default = option.get_default(ctx, call=False)
    if default not in (None, (), [], "", False) and not callable(default):
        parts.append(f"({terminal.text('mặc định', 'default')}: {default})")
    if option.envvar:
        names = option.envvar if isinstance(option.envvar, str) else ", ".join(option.envvar)
        parts.append(f"({terminal.text('biến môi trường', 'environment')}: {names})")
    return " ".join(parts)


def _section(out: Console, title: str, rows: list[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for name, text in rows:
        table.add_row(escape(name), escape(text))
    out.print(f"[bold]{title}[/]")
    out.print(Padding(table, (0, 0, 1, 2)))


def complaint(error: typer.Abort | Exception, language: Language) -> str:
    """What a person is told about an argument that the parser refused."""
    if language is Language.EN:
        formatted: str = getattr(error, "format_message", lambda: str(error))()
        if _named_in_both(error):
            # The parser would print the parameter's name in both languages at once.
            formatted = f"Invalid value for {_parameter_name(error, language)}: {error}"
        return formatted
    name = _parameter_name(error, language)
    match type(error).__name__:
        case "MissingParameter":
            return f"Thiếu {name}."
        case "NoSuchOption":
            return f"Không có tùy chọn {getattr(error, 'option_name', '')}."
        case "BadParameter":
            return f"Giá trị của {name} không hợp lệ: {_in_vietnamese(str(error))}"
        case "BadOptionUsage":
            return f"Dùng sai tùy chọn {getattr(error, 'option_name', '')}: {error}"
        case _:
            message = str(error)
            if message.startswith("No such command"):
                return message.replace("No such command", "Không có lệnh", 1)
            return message


_SAYINGS: Final = (
    (r"(?:Value error, )?(.+) is not one of (.+?)\.?", r"\1 không phải một trong: \2."),
    (r"(?:Dir|Directory) (.+) does not exist\.?", r"không có thư mục \1."),
    (r"(?:File|Path) (.+) does not exist\.?", r"không có tệp \1."),
    (r"File (.+) is a directory\.?", r"\1 là một thư mục."),
    (r"(?:Dir|Directory) (.+) is a file\.?", r"\1 là một tệp."),
    (r"(?:File|Path|Dir|Directory) (.+) is not readable\.?", r"không đọc được \1."),
    (
        r"must begin with http:// or https:// and name a host: (.+)",
        r"phải bắt đầu bằng http:// hoặc https:// và có tên máy: \1.",
    ),
    (r"Input should be a valid UUID.*", r"phải là một mã UUID."),
    (r"Input should be a valid (?:number|integer).*", r"phải là một số."),
    (r"Input should be greater than or equal to (.+)", r"phải từ \1 trở lên."),
    (r"Input should be less than or equal to (.+)", r"không được quá \1."),
)
"""What the parser says of a value, as patterns, and the same in Vietnamese."""


def _in_vietnamese(message: str) -> str:
    for pattern, vietnamese in _SAYINGS:
        found = re.fullmatch(pattern, message, re.IGNORECASE)
        if found is not None:
            return found.expand(vietnamese)
    return message


def _named_in_both(error: Exception) -> bool:
    if type(error).__name__ != "BadParameter":
        return False
    return bool(getattr(getattr(error, "param", None), "metavar", None))


def _parameter_name(error: Exception, language: Language) -> str:
    hint = getattr(error, "param_hint", None)
    if isinstance(hint, str):
        return hint
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "tham số" if language is Language.VI else "a parameter"
    if getattr(parameter, "param_type_name", "") == "option":
        return str(parameter.opts[0])
    return str(side(parameter.metavar or parameter.name.upper(), language))
