"""Progressive learning for the 7th ABAW: masked autoencoder, joint sub-tasks, curriculum (arXiv 2407.16945)."""
