"""Selective state spaces: the scan and the blocks built on it."""

from benchmark.layers.ssm.direction import MambaState
from benchmark.layers.ssm.mamba import Mamba
from benchmark.layers.ssm.selective_scan import selective_scan
from benchmark.layers.ssm.vision_mamba import BidirectionalMamba, VisionMamba

__all__ = ["BidirectionalMamba", "Mamba", "MambaState", "VisionMamba", "selective_scan"]
