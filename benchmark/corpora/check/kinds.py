"""Everything the doctor can find: how bad it is, what it means, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

_UNPACK = "Unpack the archive of this folder again; `unzip -t` tells whether the archive itself is damaged."
_FETCH = "Download the file again and compare its size with the source."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    Attributes:
        key: short name, stable over versions.
        severity: ``error``: scores would be wrong or a run would stop; ``warning``: scores or comparisons suffer;
            ``note``: known of healthy copies, or good to know.
        title: what is the matter, in words.
        mend: what to do about it, one sentence.
    """

    key: str
    severity: Severity
    title: str
    mend: str


def _kinds(severity: Severity, *rows: tuple[str, str, str]) -> dict[str, Kind]:
    return {key: Kind(key, severity, title, mend) for key, title, mend in rows}


KINDS: dict[str, Kind] = {
    **_kinds(
        "error",
        ("annotation-empty", "annotation file without a row", _UNPACK),
        ("annotation-header", "annotation file with another header", "Put the file into the folder of its own task."),
        ("annotation-row", "annotation row that is neither a label nor the marker", _UNPACK),
        ("annotation-unreadable", "annotation file that is no text", _UNPACK),
        ("annotation-name", "annotation file whose name is no trial name", "Rename or remove the file."),
        (
            "annotation-copy",
            "annotation file that looks like a copy of another",
            "Remove the file; as it stands it is read as a trial of its own.",
        ),
        ("crops-none", "no folder cropped_aligned", "Unpack cropped_aligned.zip into the root of the corpus."),
        (
            "crops-unaligned",
            "folder cropped/ without cropped_aligned/",
            "Get cropped_aligned.zip: the crops in cropped/ are neither aligned nor of one size.",
        ),
        (
            "crops-nested",
            "folder cropped_aligned inside cropped_aligned",
            "Move the trial folders one level up and remove the empty folder.",
        ),
        ("crops-missing", "trial without a folder of crops", "Unpack cropped_aligned.zip again, all of its parts."),
        (
            "crops-beyond-rows",
            "crops more than two frames beyond the last annotation row",
            "Unpack crops and annotations of the same release; crops of another video lie in this folder.",
        ),
        (
            "crops-beyond-frames",
            "crops more than two frames beyond the last video frame",
            "Unpack crops and videos of the same release, or fetch the video again.",
        ),
        ("crop-unreadable", "crop that is no readable JPEG", _UNPACK),
        ("crop-truncated", "crop that ends before its image does", _UNPACK),
        (
            "crop-size",
            "crop of another size than the rest",
            "Unpack cropped_aligned.zip into an empty folder; cropped/ may have been merged into it.",
        ),
        (
            "crop-zero",
            "crop number 00000: frames were counted from zero",
            "Rename every crop of the trial to its number plus one; row 1 is 00001.jpg.",
        ),
        (
            "crop-digits",
            "crop whose number has not five digits",
            "Rename the crops to five digits (00001.jpg); as they are they are not read.",
        ),
        (
            "side-crops",
            "trial whose crops carry another side suffix",
            "Rename the folder to the trial's name, or take the crops of the right person from the archive.",
        ),
        (
            "side-media",
            "video whose name carries the suffix of a person",
            "Rename the video to the name without _left or _right; both persons share it.",
        ),
        (
            "side-spelling",
            "side suffix in another spelling than _left or _right",
            "Rename it to end in _left or _right, or the two persons count as two videos.",
        ),
        ("media-missing", "trial without a video, while others have one", "Unpack batch1.zip and batch2.zip again."),
        ("media-unreadable", "video that cannot be opened", _FETCH),
        ("media-truncated", "video that breaks off", _FETCH),
        ("media-damaged", "video of which parts cannot be decoded", _FETCH),
        ("media-crash", "file that crashes the decoder", _FETCH),
        (
            "frames-differ",
            "annotation rows and video frames differ by more than two",
            "Check that video and annotation are of the same release and trial; the annotation defines the rows.",
        ),
        ("list-bad", "test list or sample file that cannot be read", "Copy the list from the release again."),
        (
            "list-trial",
            "test list that names a trial without crops and video",
            "Unpack the test set's crops and videos, or use the list of the release you have.",
        ),
        (
            "list-sample",
            "test list and sample file that name different trials",
            "Take the list and the sample file of the same edition.",
        ),
        (
            "trial-on-two-sides",
            "trial in two splits of one task",
            "Unpack the annotations into an empty folder; editions must not be merged.",
        ),
        (
            "subject-on-two-sides",
            "person in two splits of one task",
            "Make the corpus again: abaw corpus make.",
        ),
        ("name-encoding", "file name that is not UTF-8", "Unpack the archive with UTF-8 names (unzip -O UTF-8)."),
        ("folder-unreadable", "folder that cannot be listed", "Give yourself the right to read it (chmod u+rX)."),
        ("link-outside", "link that leaves the corpus", "Replace the link by the file it points to."),
        ("link-broken", "link to nothing", "Remove the link, or restore the file it points to."),
    ),
    **_kinds(
        "warning",
        (
            "count-differs",
            "count that differs from the known one",
            "Check that the download is complete and of the edition you mean; see docs/protocol.md for the counts.",
        ),
        ("split-missing", "task with one split only", "Unpack the annotations of the other split if you need it."),
        ("crops-few", "trial where most labelled rows have no crop", _UNPACK),
        (
            "crops-other-size",
            "all crops have another size than 112x112",
            "Say so with every score: the released crops are 112x112, and these are resized when read.",
        ),
        ("crop-colour", "crop that is not three-channel", "Take the crop from the archive: the released ones are RGB."),
        ("media-none", "no videos at all", "Unpack the videos if you need sound, text or true frame times."),
        ("media-no-sound", "video without an audio stream", "Nothing; streams of sound are masked for these trials."),
        ("media-silent", "video whose sound is digital silence", "Nothing; a model hears nothing in these trials."),
        (
            "media-lengths",
            "sound and pictures differ in length by more than a second",
            "Nothing; sound is aligned by its own clock and masked where it is missing.",
        ),
        ("media-twice", "two videos of one name", "Remove the wrong one; the first in name order of folders is used."),
        (
            "media-decoded",
            "video that shows another number of frames than its container lists",
            "Nothing if within two frames; crops are numbered by shown frames.",
        ),
        (
            "video-on-two-sides",
            "two persons of one video in two splits of one task",
            "Leave these trials out of training: they share scene, light and sound with scored ones.",
        ),
        (
            "other-task-training",
            "validation or test videos of a task that are in another task's training",
            "Train on no other task's labels, or leave these videos out when you do.",
        ),
        ("stray-file", "file that does not belong here and is not read", "Remove the file, or rename it as expected."),
        ("linked-folder", "folder that lies outside the corpus", "Nothing, but a copy of the corpus needs it too."),
        (
            "mtl-conflict",
            "image listed twice with different labels",
            "Take the annotation file from the archive; both rows count as they are.",
        ),
        ("mtl-crop", "listed image without a crop", "Unpack the crops of the multi-task track."),
    ),
    **_kinds(
        "note",
        ("layout", "found and not used", "Remove what you do not need, so that nobody takes it for what was used."),
        ("counts-unknown", "split without known counts", "Nothing; compare the counts with your release's own notes."),
        ("crops-off", "crops one or two frames beyond the rows", "Nothing; the annotation defines the rows."),
        ("crops-frames-off", "crops one or two frames beyond the video", "Nothing; decoders differ by a frame or two."),
        ("crops-batches", "crops in batch folders", "Nothing; they are read where they are."),
        ("crops-unused", "crop folders of no listed trial, not checked", "Nothing; or remove them to save space."),
        ("frames-off", "rows and video frames differ by one or two", "Nothing; the annotation defines the rows."),
        ("media-unused", "videos of no listed trial, not checked", "Nothing; or remove them to save space."),
        ("media-variable", "variable frame rate", "Nothing; frame times come from the video, never from a rate."),
        ("media-named-rate", "frame rate other than the name says", "Nothing; the name is never used."),
        ("media-offset", "sound that starts more than half a second off", "Nothing; it is aligned by its own clock."),
        ("parts-on-two-sides", "parts of one recording in two splits", "Nothing, but it is known of these releases."),
        ("no-label", "trial without one valid label", "Nothing; it feeds no loss and no score."),
        ("va-half", "rows with only one of valence and arousal marked", "Nothing; such rows are not valid."),
        ("mtl-duplicates", "images listed twice", "Nothing; duplicates are kept, as the official rows have them."),
        ("mtl-unlabelled", "rows without any valid label", "Nothing; they feed no loss and no score."),
    ),
}
