"""The face rig of the embedded synthetic corpus: an appearance and action-unit weights in, pictures out."""

from benchmark.corpora.affrig.rig.appearance import Appearance, sample_appearance
from benchmark.corpora.affrig.rig.face import Face
from benchmark.corpora.affrig.rig.rig import Rig, load_rig
from benchmark.corpora.affrig.rig.view import View

__all__ = ["Appearance", "Face", "Rig", "View", "load_rig", "sample_appearance"]
