"""Ways of making a network smaller, on plain numpy arrays; only what trains (`hold`, `run`) knows torch."""
