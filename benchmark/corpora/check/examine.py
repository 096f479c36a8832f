"""Looking into every folder of crops and every video, with workers and memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.check.crop_folder import CropFolder
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.locate import Key, Located, media_of
from benchmark.corpora.check.memory import Memory
from benchmark.corpora.check.pool import check_units
from benchmark.corpora.check.unit import Unit
from benchmark.corpora.check.video_file import VideoFile
from benchmark.progress import progress


@dataclass(slots=True)
class Examined:
    """Results of the workers, by path, and how many of them were remembered."""

    crops: dict[Path, CropFolder]
    videos: dict[Path, VideoFile]
    remembered: int = 0

    def of(self, one: Located) -> tuple[CropFolder | None, VideoFile | None]:
        """What is known of a trial's crops and video; None where it has none."""
        return self.crops.get(one.crops or Path()), self.videos.get(one.media or Path())


def examine(
    root: Path, located: Mapping[Key, Located], full: bool, memory: Memory, jobs: int, findings: Findings
) -> Examined:
    """Check the crops and videos of all trials, with progress; what kills a worker goes to the findings."""
    folders = sorted({one.crops for one in located.values() if one.crops})
    units = [Unit("crops", str(folder.relative_to(root)), root) for folder in folders]
    videos = [Unit("video", str(path.relative_to(root)), root) for path in media_of(located.values())]
    result = Examined({}, {})
    with progress("") as bar:
        tasks = {
            "crops": bar.add_task("Folders of crops", total=len(units), note=""),
            "video": bar.add_task("Videos", total=len(videos), note=""),
        }
        crops = 0
        for unit, outcome in check_units([*units, *videos], full, memory, jobs):
            if outcome is None:
                findings.add("media-crash", unit.place)
            elif unit.kind == "crops":
                result.crops[unit.place] = CropFolder.from_json(outcome.result)
                crops += result.crops[unit.place].files
            else:
                result.videos[unit.place] = VideoFile.from_json(outcome.result)
            result.remembered += outcome is not None and not outcome.fresh
            held = f"{result.remembered} remembered" if result.remembered else ""
            note = f"{crops:,} crops {held}" if unit.kind == "crops" else held
            bar.update(tasks[unit.kind], advance=1, note=note)
    result.crops = dict(sorted(result.crops.items()))
    result.videos = dict(sorted(result.videos.items()))
    return result
