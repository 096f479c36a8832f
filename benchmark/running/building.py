"""The network of a run, built the same way for training and for restoring."""

from __future__ import annotations

import numpy as np
import torch

from benchmark.running.data import Encoders
from benchmark.running.request import RunRequest
from benchmark.running.resources import fill_resources
from benchmark.training.module import MethodModule
from benchmark.training.standardise import Standardiser


def build_module(request: RunRequest, encoders: Encoders) -> MethodModule:
    """The run's network with its first weights, drawn from the run's seed, and its standardiser, not yet fitted.

    Raises:
        UserError: the preset has a model option that the method does not know.
    """
    torch.manual_seed(int(np.random.default_rng([request.seed, 0]).integers(2**62)))
    network = request.method.build(request.task, encoders.dims, request.preset.model)
    fill_resources(network, request.preset, f"{request.method.package}/presets.yaml, {request.preset_name}")
    return MethodModule(network, Standardiser(encoders.measured) if request.preset.standardise else None)
