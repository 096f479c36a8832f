"""Log-mel patches as VGGish sees them: the front end, and an offline encoder that averages them."""
