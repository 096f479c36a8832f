"""A small pretrained expression net whose pooled features stand in for the papers' face backbones offline."""
