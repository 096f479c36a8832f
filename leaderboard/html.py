"""The board as one HTML file that needs no network, no JavaScript and no other file."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from leaderboard import ablation_text, forest, numbers, robustness_plot, scatter, words
from leaderboard.ablation_plot import strips
from leaderboard.export import to_csv, to_json, to_latex
from leaderboard.model import Ablation, Board, Row, Variant
from leaderboard.sparkline import sparklines

_HERE = Path(__file__).parent


def render_html(board: Board) -> str:
    """The whole page; the same board gives the same bytes.

    Style and script are written into the page, and a content security policy names their hashes: nothing else may run
    and nothing may be fetched.
    """
    css, js = _static("board.css"), _static("board.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template("board.html")
    return template.render(
        board=board,
        css=Markup(css),  # noqa: S704 - our own file
        js=Markup(js),  # noqa: S704 - our own file
        policy=policy,
        real=[table for table in board.tables if not table.synthetic],
        synthetic=[table for table in board.tables if table.synthetic],
    )


def render_ablation(ablation: Ablation) -> str:
    """One ablation table as a page of its own; like the board, it needs no other file and fetches nothing."""
    css = _static("board.css")
    policy = f"default-src 'none'; style-src '{_hash(css)}'; img-src data:; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("ablation_page.html")
    return template.render(ablation=ablation, css=Markup(css), policy=policy)  # noqa: S704 - our own file


def slug(text: str) -> str:
    """``text`` as an HTML id: letters, digits and dashes, told apart by a hash where anything was replaced."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
    return plain if plain == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def data_url(text: str, kind: str) -> str:
    """A link that holds ``text``, for downloads that need neither server nor JavaScript."""
    return f"data:{kind};charset=utf-8;base64,{b64encode(text.encode()).decode()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "fixed": numbers.fixed,
        "signed": numbers.signed,
        "span": numbers.span,
        "p_value": numbers.p_value,
        "compact": numbers.compact,
        "duration": numbers.duration,
        "percent": numbers.percent,
        "memory": numbers.memory,
        "grouped": numbers.grouped,
        "slug": slug,
        "groupby_switch": _by_switch,
        "legend": robustness_plot.legend,
        "pretty": lambda value: json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False),
    }
    environment.globals |= {
        "DASH": numbers.DASH,
        "count": numbers.count,
        "kind": _kind,
        "data_name": words.data_name,
        "findings": words.findings,
        "sample_words": words.sample_words,
        "bench_command": words.bench_command,
        "forests": lambda table: [forest.forest(table, layout) for layout in (forest.WIDE, forest.NARROW)],
        "scatters": lambda table: [scatter.scatter(table, layout) for layout in (scatter.WIDE, scatter.NARROW)],
        "robustness": robustness_plot.panels,
        "sparklines": sparklines,
        "data_url": data_url,
        "strips": strips,
        "ablation_findings": ablation_text.ablation_findings,
        "data_of": ablation_text.data_of,
        "ablate_command": words.ablate_command,
        "to_csv": to_csv,
        "to_json": to_json,
        "to_latex": to_latex,
    }
    return environment


def _kind(row: Row) -> str:
    """Class by which the style tells rows apart."""
    return "floor" if row.floor else "leaked" if row.leaked else "entry"


def _by_switch(variants: Sequence[Variant]) -> list[tuple[tuple[str, ...], list[Variant]]]:
    """Variants with the switches that they change, in the order given."""
    return [(keys, list(group)) for keys, group in groupby(variants, key=lambda variant: tuple(variant.changed))]


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
