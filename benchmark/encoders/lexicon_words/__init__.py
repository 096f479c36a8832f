"""Words and captions as hashed n-grams with a small affect lexicon; no trained model, no download."""
