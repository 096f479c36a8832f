"""Safe cross-attention with modality dropout for expressions (arXiv 2603.08034)."""
