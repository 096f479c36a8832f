"""Cross-modal attention (sec. 3.5) and self-attention refinement (eq. 15-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from benchmark.layers.attention import MaskedAttention

Query = Literal["receiver", "source"]


class CrossModalAttention(nn.Module):
    """Every modality is enhanced by every other one: six directed paths for three modalities (eq. 13-14).

    On the path from source ``s`` to receiver ``r`` one of them asks and the other answers:

    - ``query="source"`` is eq. 14 to the letter: ``softmax(Q_s K_r^T) V_r``, so what arrives are values of the
      receiver itself, regrouped by the source;
    - ``query="receiver"`` is the released code and what the abstract describes: ``softmax(Q_r K_s^T) V_s``.

    The paper does not say how the two paths into a receiver meet; the released ``LN(dropout((F + A + A') / 3))`` is
    used, with a norm for each modality.
    """

    def __init__(self, widths: Mapping[str, int], heads: int, dropout: float, query: Query) -> None:
        """Build one attention for each ordered pair of ``widths`` (modality -> token width)."""
        super().__init__()
        self.query = query
        self.paths = nn.ModuleDict()
        for receiver, width in widths.items():
            for source in widths:
                if source != receiver:
                    memory = widths[source] if query == "receiver" else width
                    asks = width if query == "receiver" else widths[source]
                    self.paths[f"{source}_to_{receiver}"] = MaskedAttention(
                        asks, memory, heads, width, dropout, out_dim=width
                    )
        self.norms = nn.ModuleDict({name: nn.LayerNorm(width) for name, width in widths.items()})
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Mapping[str, Tensor], covered: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Enhance tokens (B, T, width) of each modality; steps not ``covered`` (B, T) are never attended to."""
        enhanced: dict[str, Tensor] = {}
        for receiver, own in tokens.items():
            total = own
            for source in tokens:
                if source != receiver:
                    asks, answers = (receiver, source) if self.query == "receiver" else (source, receiver)
                    path = self.paths[f"{source}_to_{receiver}"]
                    total = total + path(tokens[asks], tokens[answers], covered[answers])
            enhanced[receiver] = self.norms[receiver](self.dropout(total / len(tokens)))
        return enhanced


class Refinement(nn.Module):
    """``LayerNorm(MHA(F, F, F) + F)`` within one modality (eq. 18)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        """Build the self-attention for tokens of ``width``."""
        super().__init__()
        self.attention = MaskedAttention(width, width, heads, width=width, dropout=dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Refine (B, T, width) over the frames where ``mask`` (B, T) is True."""
        refined: Tensor = self.norm(self.attention(tokens, tokens, mask) + tokens)
        return refined
