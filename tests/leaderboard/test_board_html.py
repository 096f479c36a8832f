"""The page as text: escaped, self-contained, accessible, the same for the same records."""

from __future__ import annotations

import hashlib
import html
import re
from base64 import b64decode, b64encode
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sample_records import EVIL, make_record, sample_cards

from leaderboard.board import build_board
from leaderboard.export import to_csv, to_json
from leaderboard.html import render_html, slug
from leaderboard.model import Board
from leaderboard.numbers import DASH, signed

VOID = {"meta", "br", "hr", "img", "input", "link"}
SVG_EMPTY = {"line", "rect", "circle", "path"}


class Page(HTMLParser):
    """Collects tags with attributes and checks that they close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SVG_EMPTY
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def parsed(page: str) -> Page:
    return Page(page)


def with_tag(parsed: Page, *names: str) -> list[dict[str, str]]:
    return [attributes for tag, attributes in parsed.tags if tag in names]


def test_the_same_board_gives_the_same_bytes(board: Board, page: str) -> None:
    assert render_html(board) == page
    assert len(page.encode()) < 1_000_000


def test_titles_and_names_are_escaped(parsed: Page, page: str) -> None:
    assert EVIL not in page
    assert html.escape(EVIL, quote=False).replace('"', "&#34;") in page
    assert "<b>Author</b>" not in page
    assert len(with_tag(parsed, "script")) == 1
    assert {"iframe", "object", "embed", "base", "form", "link", "img"}.isdisjoint(tag for tag, _ in parsed.tags)


def test_hostile_links_and_keys_stay_text() -> None:
    card = sample_cards()["maven"]
    paper = card.paper
    assert paper is not None
    hostile = type(paper)("t", "a", "v", 2025, arxiv='"><b>', code="javascript:alert(1)")
    cards = {"maven": type(card)("maven", "M", "s", hostile, ("va",), ())}
    record = make_record(run={"method": 'a b"><i>', "id": 'a b"><i>-va-affrig-s1-x'})
    parsed = Page(render_html(build_board([record, make_record()], cards)))
    assert not [a for a in with_tag(parsed, "a") if a["href"].startswith("javascript")]
    assert not with_tag(parsed, "i")
    assert slug("maven") == "maven"
    assert slug('a b"><i>').startswith("a-b-i-")
    assert slug("A") != slug("a")


def test_nothing_is_fetched_from_anywhere(parsed: Page) -> None:
    for tag, attributes in parsed.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"<{tag} {name}> would run script"
            assert name not in {"style", "src", "srcset"}
            if name == "href":
                assert tag == "a"
                assert value.startswith(("#", "https://", "data:"))
            elif re.search(r"https?://|//", value):
                pytest.fail(f"<{tag} {name}={value}>")
    for attributes in with_tag(parsed, "a"):
        if attributes["href"].startswith("data:"):
            assert "download" in attributes
        if attributes["href"].startswith("https:"):
            assert attributes["rel"] == "noreferrer"


def test_the_policy_allows_this_style_and_this_script_alone(page: str, parsed: Page) -> None:
    (policy,) = [a["content"] for a in with_tag(parsed, "meta") if a.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("style", "script"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|fetch\(|XMLHttp", body)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_links_within_the_page_arrive(parsed: Page) -> None:
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", one) for one in ids)
    for attributes in with_tag(parsed, "a"):
        if attributes["href"].startswith("#"):
            assert attributes["href"][1:] in ids
    for _, attributes in parsed.tags:
        for one in attributes.get("aria-labelledby", "").split():
            assert one in ids


def test_tables_have_captions_and_scopes_and_figures_have_words(parsed: Page) -> None:
    tags = [tag for tag, _ in parsed.tags]
    assert tags.count("table") == tags.count("caption") > 10
    assert all(attributes.get("scope") in {"col", "row"} for attributes in with_tag(parsed, "th"))
    for attributes in with_tag(parsed, "svg"):
        assert attributes["role"] == "img"
        assert "aria-labelledby" in attributes or "aria-label" in attributes
    regions = [attributes for attributes in with_tag(parsed, "div") if attributes.get("class") == "scroll"]
    assert regions
    assert all(one["tabindex"] == "0" and one["role"] == "region" and one["aria-label"] for one in regions)
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert with_tag(parsed, "html")[0]["lang"] == "en"
    assert parsed.tags[[tag for tag, _ in parsed.tags].index("a")][1] == {"class": "skip", "href": "#main"}


def test_synthetic_tables_say_so_in_every_caption_and_picture(board: Board, page: str) -> None:
    for table in board.tables:
        start = page.index(f'aria-labelledby="{table.key}"')
        section = page[start : page.index("</section>", start)]
        captions = re.findall(r"<caption><span>(.*?)</span></caption>", section, flags=re.DOTALL)
        assert len(captions) >= 2
        for text in captions + re.findall(r"<title id=.*?</title>", section):
            assert ("synthetic" in text.casefold()) == table.synthetic
    assert page.count('class="page board synthetic"') == 4


def test_a_board_of_synthetic_data_alone_claims_no_validation_score() -> None:
    only = render_html(build_board([make_record()], {}))
    assert "test sets are private" not in only
    assert "<strong>SYNTHETIC</strong> tables score rendered faces" in only
    real = render_html(build_board([make_record(synthetic=False)], {}))
    assert "<strong>validation</strong> scores" in real
    assert "Synthetic data" not in real


def test_downloads_hold_what_the_page_shows(board: Board, parsed: Page, page: str) -> None:
    links = {a["download"]: a["href"] for a in with_tag(parsed, "a") if "download" in a}
    assert set(links) >= {"abaw-va-validation.csv", "abaw-va-SYNTHETIC.csv", "abaw-va-SYNTHETIC.tex", "abaw-board.json"}
    data = b64decode(links["abaw-va-validation.csv"].partition("base64,")[2]).decode()
    assert data == to_csv(board.tables[0])
    assert str(html.escape(data, quote=False)).replace('"', "&#34;").replace("'", "&#39;") in page
    assert b64decode(links["abaw-board.json"].partition("base64,")[2]).decode() == to_json(board)


def test_a_board_of_failures_is_still_a_page() -> None:
    from sample_records import failed_record

    records = [failed_record("maven", "va", 1, "disk full"), failed_record("maven", "va", 2, "no GPU", data=False)]
    text = render_html(build_board(records, {}))
    Page(text)
    assert "disk full" in text
    assert "no GPU" in text
    assert "No run here has a score yet." in text


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_meet_wcag_aa(page: str, scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", page, flags=re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for ground in ("paper", "sheet", "band"):
        for text in ("ink", "muted", "accent"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["strong-line"], colours[ground]) >= 2.7, ground
    assert contrast(colours["warn"], colours["warn-band"]) >= 4.5
    assert contrast(colours["ink"], colours["mark-band"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_the_ladder_says_which_rung_counts_and_what_the_others_would_add() -> None:
    record = make_record()
    assert record.score is not None
    page = render_html(build_board([record], {}))
    table = page[page.index(">Would add</th>") :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") == len(record.score.ladder)
    for rung in record.score.ladder:
        difference = rung.value - record.score.value
        assert (DASH if rung.name == record.score.rung else signed(difference)) in table
    assert "affrig · smoothed" in page


def test_what_a_network_shows_of_its_inside_is_a_table_of_its_run(page: str) -> None:
    assert "<h4>What the network did, seed 1</h4>" in page
    assert re.search(r'<th scope="row">router face to audio</th><td class="n">0\.250</td>', page)
    assert "gate &lt;i&gt;" in page
