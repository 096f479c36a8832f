"""ConvNeXt and Whisper features fused by a Transformer encoder, 8th ABAW (arXiv 2503.11115)."""
