"""Agreement with torchmetrics (its import takes ten seconds)."""

from __future__ import annotations

import numpy as np
import pytest
from metric_examples import example, pooled_rows

from benchmark.metrics import variant_scores


@pytest.mark.slow
def test_agrees_with_torchmetrics_in_float64():
    import torch
    from torchmetrics.functional.classification import multiclass_f1_score, multilabel_f1_score
    from torchmetrics.functional.regression import concordance_corrcoef

    x, y = pooled_rows("va", "va")
    library = concordance_corrcoef(torch.tensor(x), torch.tensor(y)).mean().item()
    # torchmetrics divides by n - 1 throughout: our named variant, not the headline
    assert variant_scores(example("va"))["sample_both"] == pytest.approx(library, abs=1e-9)
    assert example("va").score().value != pytest.approx(library, abs=1e-9)

    x, y = (torch.tensor(np.asarray(a)) for a in pooled_rows("expr", "expr"))
    assert example("expr").score().value == pytest.approx(multiclass_f1_score(x, y, 8).item(), abs=1e-6)
    x, y = (torch.tensor(np.asarray(a)) for a in pooled_rows("au", "au"))
    assert example("au").score().value == pytest.approx(multilabel_f1_score(x, y, 12).item(), abs=1e-6)
