"""One folder of crops: names, sizes, and whether every JPEG is whole. Runs in a worker and knows no annotation."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmark.corpora.check.jpeg import BadJpegError, Header, HeaderReader

#: Examples kept of each defect of a folder; the count is exact.
_EXAMPLES = 20
_LARGEST = 64 << 20


@dataclass(slots=True)
class Defect:
    """How often something is wrong in one folder, and the first places with what was found."""

    count: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, what: str) -> None:
        """Count one, and keep it if it is among the first."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append((name, what))


@dataclass(slots=True)
class CropFolder:
    """What a folder holds.

    Attributes:
        runs: first and last number of each unbroken run of crops, ascending.
        files: number of crops.
        size_bytes: of all of them together.
        sizes: "112x112" -> number of crops, and the first of them.
        defects: kind of finding -> where.
        listing: hash over names and sizes of the files, the same for every copy.
    """

    runs: list[tuple[int, int]] = field(default_factory=list)
    files: int = 0
    size_bytes: int = 0
    sizes: dict[str, tuple[int, str]] = field(default_factory=dict)
    defects: dict[str, Defect] = field(default_factory=dict)
    listing: str = ""

    @property
    def last(self) -> int:
        """Number of the last crop; 0 if there is none."""
        return self.runs[-1][1] if self.runs else 0

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CropFolder:
        """From what ``to_json`` gave, before or after a trip through JSON."""
        return cls(
            runs=[(int(first), int(last)) for first, last in data["runs"]],
            files=data["files"],
            size_bytes=data["size_bytes"],
            sizes={size: (count, first) for size, (count, first) in data["sizes"].items()},
            defects={
                kind: Defect(one["count"], [(name, what) for name, what in one["examples"]])
                for kind, one in data["defects"].items()
            },
            listing=data["listing"],
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Names of a folder and what the file system says about them.

    Attributes:
        files: name and size of every entry, by name.
        links: names of those that are links.
        state: hash over names, sizes, times and inodes: the same only if nothing was changed.
        content: hash over names and sizes.
        newest: time of the last change, seconds of the epoch.
    """

    files: list[tuple[str, int]]
    links: set[str]
    state: str
    content: str
    newest: float


def list_folder(folder: Path) -> Listing:
    """List a folder."""
    state, content = hashlib.blake2b(digest_size=20), hashlib.sha256()
    files: list[tuple[str, int]] = []
    links: set[str] = set()
    newest = 0
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.is_symlink():
            links.add(entry.name)
        try:
            found = entry.stat()
        except OSError:  # a link to nothing, or a file that has just gone
            found = entry.stat(follow_symlinks=False)
        name = os.fsencode(entry.name)
        state.update(b"%b\0%d %d %d %d\n" % (name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino))
        content.update(b"%b\0%d\n" % (name, found.st_size))
        files.append((entry.name, found.st_size))
        newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
    return Listing(files, links, state.hexdigest(), content.hexdigest(), newest / 1e9)


def check_crops(folder: Path, listing: Listing, root: str, decode: bool) -> CropFolder:
    """Check every file of a folder.

    Args:
        folder: the folder.
        listing: of it.
        root: resolved path of the corpus, which no link may leave.
        decode: decode every crop instead of looking at header and end only.
    """
    result = CropFolder(listing=listing.content)
    reader = HeaderReader()
    colours: dict[int, Defect] = {}
    numbers: list[int] = []
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name, size in listing.files:
            if name in listing.links:
                _check_link(folder / name, root, result)
            kind, what = classify(name)
            if kind:
                _defect(result, kind, name, what)
                continue
            try:
                data = _read(descriptor, name, size)
                header = reader.read(data)
                if decode:
                    _decode(data)
            except BadJpegError as error:
                _defect(result, "crop-truncated" if error.truncated else "crop-unreadable", name, str(error))
            except OSError as error:
                _defect(result, "crop-unreadable", name, error.strerror or str(error))
            else:
                _count(result, name, header, colours)
            result.files += 1
            result.size_bytes += size
            numbers.append(int(name[:-4]))
    finally:
        os.close(descriptor)
    result.runs = _runs(sorted(numbers))
    for components, defect in colours.items():
        if components != 3:
            result.defects["crop-colour"] = defect
    return result


def classify(name: str) -> tuple[str, str]:
    """Kind of finding that a file name is by itself, and what was expected; two empty texts for a crop's name."""
    stem, dot, extension = name.rpartition(".")
    if extension == "jpg" and len(stem) == 5 and stem.isascii() and stem.isdecimal() and stem != "00000":
        return "", ""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "name-encoding", ""
    if dot and extension.lower() in ("jpg", "jpeg") and stem.isascii() and stem.isdecimal():
        if int(stem) == 0:
            return "crop-zero", "expected numbers from 00001"
        right = f"{int(stem):05d}.jpg"
        if name != right:
            return "crop-digits", f"expected {right}"
        return "", ""  # more than 99,999 frames
    return "stray-file", "expected crops such as 00001.jpg only"


def _read(descriptor: int, name: str, size: int) -> bytes:
    if size > _LARGEST:
        raise BadJpegError(f"the file has {size} bytes, expected a face crop of some kilobytes", truncated=False)
    file = os.open(name, os.O_RDONLY, dir_fd=descriptor)
    try:
        return os.read(file, size + 1)
    finally:
        os.close(file)


def _decode(data: bytes) -> None:
    import simplejpeg  # type: ignore[import-untyped]

    try:
        simplejpeg.decode_jpeg(data, colorspace="RGB")
    except ValueError as error:
        raise BadJpegError(f"cannot be decoded: {error}", truncated=False) from None


def _check_link(path: Path, root: str, result: CropFolder) -> None:
    target = os.path.realpath(path)
    if not os.path.exists(target):  # noqa: PTH110 - a plain string, a million times
        _defect(result, "link-broken", path.name, "")
    elif not target.startswith(root + os.sep):
        _defect(result, "link-outside", path.name, f"points to {target}")


def _count(result: CropFolder, name: str, header: Header, colours: dict[int, Defect]) -> None:
    size = f"{header.width}x{header.height}"
    count, first = result.sizes.get(size, (0, name))
    result.sizes[size] = (count + 1, first)
    colours.setdefault(header.components, Defect()).add(name, f"{header.components} channel(s), expected 3")


def _defect(result: CropFolder, kind: str, name: str, what: str) -> None:
    result.defects.setdefault(kind, Defect()).add(name, what)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Unbroken runs of ascending numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
