"""Log-mel bands and prosody of a trial's sound, computed without any trained model."""
