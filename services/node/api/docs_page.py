"""GET /docs: the API on one page, without a script and without another host."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

from services.node.api.docs_vi import DESCRIPTIONS
from services.node.language import Language

_HEAD: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem;
  overflow-wrap: anywhere; }}
code {{ font-family: ui-monospace, monospace; }}
h2 {{ margin-top: 2rem; border-top: 1px solid #888; padding-top: 1rem; font-size: 1.1rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{intro}</p>
"""
_INTRO: Final[dict[Language, str]] = {
    Language.VI: 'Mô tả đầy đủ cho máy đọc: <a href="/openapi.json">/openapi.json</a>. '
    'Loại sự kiện: <a href="/v1/schemas">/v1/schemas</a>. '
    'Các loại lỗi: <a href="/v1/problems">/v1/problems</a>. <a href="?lang=en">English</a>',
    Language.EN: 'In full, for programs: <a href="/openapi.json">/openapi.json</a>. '
    'Event types: <a href="/v1/schemas">/v1/schemas</a>. '
    'Kinds of problems: <a href="/v1/problems">/v1/problems</a>. <a href="?lang=vi">Tiếng Việt</a>',
}
_CODE: Final = re.compile(r"`([^`]+)`")
_COLUMNS: Final[dict[Language, str]] = {
    Language.VI: "<tr>"
    '<th scope="col">Tham số</th><th scope="col">Ở</th><th scope="col">Nghĩa</th></tr>',
    Language.EN: "<tr>"
    '<th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Meaning</th></tr>',
}


def docs_page(document: dict[str, Any], language: Language) -> str:
    """The page that lists every operation of an OpenAPI document."""
    title = escape(document["info"]["title"])
    parts = [_HEAD.format(lang=language.value, title=title, intro=_INTRO[language])]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(path, method, operation, language))
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any], language: Language) -> str:
    rows = "".join(_parameter(p, language) for p in operation.get("parameters", ()))
    table = f"<table>{_COLUMNS[language]}{rows}</table>\n" if rows else ""
    description = operation.get("description", "")
    if language is Language.VI:
        description = DESCRIPTIONS[operation["operationId"]]
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>\n"
        f"<p><strong>{escape(_side(operation.get('summary', ''), language))}</strong></p>\n"
        f"{_paragraphs(description)}{table}"
    )


def _paragraphs(text: str) -> str:
    """A description with its paragraphs, and code where it has backticks."""
    parts = (_CODE.sub(r"<code>\1</code>", escape(part)) for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>\n" for part in parts)


def _parameter(parameter: dict[str, Any], language: Language) -> str:
    meaning = _side(parameter.get("description", ""), language)
    mark = "*" if parameter.get("required") else ""
    return (
        f'<tr><th scope="row"><code>{escape(parameter["name"])}</code>{mark}</th>'
        f"<td>{escape(parameter['in'])}</td><td>{escape(meaning)}</td></tr>"
    )


def _side(text: str, language: Language) -> str:
    """The document's texts are written "Vietnamese / English"."""
    vi, separator, en = text.partition(" / ")
    return en if separator and language is Language.EN else vi
