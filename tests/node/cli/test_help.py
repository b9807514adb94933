"""Help, languages, and what a wrong argument gets."""

from __future__ import annotations

import pytest

from services.node.cli.language import choose
from services.node.language import Language
from tests.node.cli.running import Antq

COMMANDS = ("serve", "push", "status", "rebuild", "replay", "history", "demo", "version")


def test_help_is_in_vietnamese(antq: Antq) -> None:
    ended = antq("--help")
    assert ended.code == 0
    assert "Cách dùng: antq" in ended.out
    assert "Tùy chọn" in ended.out
    for name in COMMANDS:
        assert f"{name} " in ended.out


def test_help_is_in_english_when_asked(antq: Antq) -> None:
    ended = antq("--lang", "en", "--help")
    assert ended.code == 0
    assert "Usage: antq" in ended.out
    assert "Send files of events to a node." in ended.out
    assert "Gửi" not in ended.out


def test_the_environment_chooses_the_language(antq: Antq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTQ_LANG", "en")
    assert "Usage: antq" in antq("--help").out
    assert "Cách dùng: antq" in antq("--lang", "vi", "--help").out


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("language", "word"), [("vi", "Cách dùng"), ("en", "Usage")])
def test_every_command_explains_itself_in_both(
    antq: Antq, name: str, language: str, word: str
) -> None:
    ended = antq("--lang", language, name, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"{word}: antq {name}")
    assert "\x1f" not in ended.out


def test_no_command_prints_the_help(antq: Antq) -> None:
    assert "Cách dùng: antq" in antq().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("fly",), "Không có lệnh 'fly'"),
        (("push",), "Thiếu TỆP…"),
        (("push", "--fast", "x"), "Không có tùy chọn --fast"),
        (("serve", "village"), "Giá trị của CẤP không hợp lệ: 'village' không phải một trong"),
        (("push", "no-such-file"), "Giá trị của TỆP… không hợp lệ: không có tệp 'no-such-file'"),
        (("push", "."), "Giá trị của TỆP… không hợp lệ: '.' là một thư mục"),
        (
            ("push", "README.md", "--url", "localhost:80"),
            "--url không hợp lệ: phải bắt đầu bằng http",
        ),
        (("status", "--url", "http://"), "phải bắt đầu bằng http:// hoặc https:// và có tên máy"),
        (("status", "--url", "http://a:b"), "Giá trị của --url không hợp lệ"),
        (("demo", "--port-base", "x"), "Giá trị của --port-base không hợp lệ: phải là một số"),
        (("demo", "--port-base", "1"), "Giá trị của --port-base không hợp lệ: phải từ 1024"),
    ],
)
def test_a_wrong_argument_is_told_in_vietnamese(
    antq: Antq, arguments: tuple[str, ...], complaint: str
) -> None:
    ended = antq(*arguments)
    assert ended.code == 2
    assert complaint in ended.err


def test_a_wrong_argument_is_told_in_english(antq: Antq) -> None:
    ended = antq("--lang", "en", "fly")
    assert ended.code == 2
    assert "No such command 'fly'" in ended.err
    missing = antq("--lang", "en", "push", "no-such-file")
    assert "Invalid value for FILE…: file 'no-such-file' does not exist." in missing.err


@pytest.mark.parametrize(
    ("arguments", "environ", "language"),
    [
        ([], {}, Language.VI),
        (["--lang", "en"], {}, Language.EN),
        (["--lang=en", "push"], {}, Language.EN),
        (["--lang", "fr"], {}, Language.VI),
        ([], {"ANTQ_LANG": "en"}, Language.EN),
        (["--lang", "vi"], {"ANTQ_LANG": "en"}, Language.VI),
        (["push", "--", "--lang=en"], {}, Language.VI),
        (["--lang"], {}, Language.VI),
    ],
)
def test_the_language_is_known_before_parsing(
    arguments: list[str], environ: dict[str, str], language: Language
) -> None:
    assert choose(arguments, environ) is language


def test_version(antq: Antq) -> None:
    ended = antq("version")
    assert ended.code == 0
    assert ended.out.startswith("antq-sync ")
