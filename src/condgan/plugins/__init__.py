"""Where names come from: the hooks, the registry, and the built-ins as its first plugin."""
