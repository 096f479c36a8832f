"""The shared protocol: what every method is given and how it is judged."""

import os

from benchmark import _torchvision_guard

# Threads that wait by spinning make small networks ten times slower on a machine with other work; OpenMP reads this
# when torch is first imported, which is later.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
_torchvision_guard.install()
