"""VGGish (Hershey et al. 2017): a small VGG over log-mel patches.

Written from the published description of the model; parameter names are those of the PyTorch weights
``vggish-10086976.pth``, so that these load strictly.
"""

from __future__ import annotations

from torch import Tensor, nn

#: Channels of the convolutions; "pool" halves both sides.
_LAYERS = (1, "pool", 2, "pool", 4, 4, "pool", 8, 8, "pool")


class Vggish(nn.Module):
    """Log-mel patches (n, 96, 64) to embeddings (n, dim) before any activation."""

    def __init__(self, dim: int, width: int, hidden: int) -> None:
        """Build the network.

        Args:
            dim: width of the embedding; 128 as published.
            width: channels of the first convolution; 64 as published.
            hidden: width of the two layers before the embedding; 4096 as published.
        """
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for layer in _LAYERS:
            if isinstance(layer, str):
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(before, layer * width, 3, padding=1), nn.ReLU()]
                before = layer * width
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(6 * 4 * before, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, dim)
        )

    def forward(self, patches: Tensor) -> Tensor:
        """(n, 96, 64) -> (n, dim); flattened with channels last, as the TensorFlow weights expect."""
        result: Tensor = self.embeddings(self.features(patches.unsqueeze(1)).permute(0, 2, 3, 1).flatten(1))
        return result
