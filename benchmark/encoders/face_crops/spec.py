"""Sides in which crops can be read; without torch."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec

#: 48 px is what tcn_xattn's face net was trained on; 80 px is the least at which the offline expression net sees nearly
#: what it sees at 112 px, the size of the official crops; 224 px that of ViTs.
SIDES = (32, 48, 64, 80, 112, 224)


def crops_spec(side: int) -> EncoderSpec:
    """Description of the crops at ``side`` x ``side`` pixels."""
    return EncoderSpec(
        key=f"crops_{side}",
        stream="face",
        dim=side,
        version=1,
        grid="frames",
        summary=f"the crops themselves, RGB at {side} px, decoded again each time",
        settings={"resize": "bilinear antialiased"},
        shape=(3, side, side),
        storage="files",
    )
