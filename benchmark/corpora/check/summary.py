"""The lines of the table: counts of each task and split, compared with the known ones."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.corpora.check.alignment import labelled
from benchmark.corpora.check.counts import check_counts, known_counts
from benchmark.corpora.check.diagnosis import PartSummary
from benchmark.corpora.check.examine import Examined
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Part
from benchmark.corpora.check.locate import Key, Located, key_of
from benchmark.corpora.reader import Corpus


def summarize(
    corpus: Corpus, part: Part, located: Mapping[Key, Located], examined: Examined, findings: Findings
) -> list[PartSummary]:
    """Count a part and compare it with what is known; one line for each head that has labels."""
    own = {trial.name: located[key_of(part, trial)] for trial in part.trials}
    crops = {name: found for name, one in own.items() if (found := examined.of(one)[0]) and found.files}
    counts = labelled(part.trials, crops)
    known = known_counts(corpus, part)
    agrees = check_counts(part, known, counts, findings) if known else None
    if known is None:
        findings.add("counts-unknown", part.title)
    heads: list[str | None] = [*counts] or [None]
    unknown = any(trial.frames is None for trial in part.trials)
    return [
        PartSummary(
            task=part.task,
            split=part.split,
            head=head,
            trials=len(part.trials),
            videos=len(part.videos),
            rows=None if unknown else sum(trial.rows for trial in part.trials),
            labelled=counts[head][0] if head else None,
            with_crop=counts[head][1] if head else None,
            no_crops=len(own) - len(crops),
            no_media=sum(one.media is None for one in own.values()),
            agrees=agrees,
        )
        for head in heads
    ]
