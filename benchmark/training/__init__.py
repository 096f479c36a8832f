"""From stored features to one prediction for every frame."""
