"""Algorithms: frozen values with `optimizers(G, D)` and `step(state, batch) -> logs`."""
