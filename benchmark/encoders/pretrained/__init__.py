"""Published backbones from a folder of local weights; nothing is ever downloaded."""
