"""One board of all the sample records, built once."""

from __future__ import annotations

import pytest
from sample_records import sample_cards, sample_records

from leaderboard.board import build_board
from leaderboard.html import render_html
from leaderboard.model import Board


@pytest.fixture(scope="session")
def board() -> Board:
    return build_board(sample_records(), sample_cards())


@pytest.fixture(scope="session")
def page(board: Board) -> str:
    return render_html(board)
