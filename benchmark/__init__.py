"""The shared protocol: what every method is given and how it is judged."""

from benchmark import _torchvision_guard

_torchvision_guard.install()
