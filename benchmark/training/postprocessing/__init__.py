"""The ladder from a model's raw predictions to tuned ones; every rung is scored and recorded."""

from benchmark.training.postprocessing.ladder import RUNGS, LadderTrial, climb
from benchmark.training.postprocessing.smoothing import Smoothing

__all__ = ["RUNGS", "LadderTrial", "Smoothing", "climb"]
