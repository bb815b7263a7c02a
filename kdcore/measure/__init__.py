"""What is measured of a trained network. Each file is one measure, with its equation and its unit."""
