"""The ladder from a model's raw predictions to tuned ones; every rung is scored and recorded."""

from benchmark.training.postprocessing.ladder import RUNGS, LadderTrial, climb, decide_rung, tune_heads
from benchmark.training.postprocessing.smoothing import Smoothing

__all__ = ["RUNGS", "LadderTrial", "Smoothing", "climb", "decide_rung", "tune_heads"]
