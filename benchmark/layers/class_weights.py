"""Weights against class imbalance, computed by entrants from the labels of Aff-Wild2 and published with their code."""

from __future__ import annotations

#: Weight of each action unit, in the order of ``tasks.ACTION_UNITS``: about its negatives over its positives.
#: The same numbers stand in the released code of FuxiVirtualHuman/ABAW5 and ABAW6, igodrr/abaw6_AU and
#: anka-22/ABAW8_AU_detection. igodrr/abaw6_AU gives them to ``BCEWithLogitsLoss`` as its first argument, ``weight``,
#: which scales both sides of a unit; for positive frames alone they would have to be its ``pos_weight``.
AFF_WILD2_AU_POSITIVE = (
    5.2782, 12.4268, 3.9182, 2.3714, 1.5735, 1.8198, 2.5866, 22.6602, 20.1212, 22.1050, 1.0, 8.2648,
)  # fmt: skip

#: Weight of each expression, in the order of ``tasks.EXPRESSIONS``, from the released code of
#: FuxiVirtualHuman/ABAW5 and ABAW6.
AFF_WILD2_EXPRESSION = (1.0, 10.400, 16.232, 19.608, 1.8556, 2.2253, 5.6106, 1.0590)
