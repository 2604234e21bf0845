"""Pages of the app: they read the store, call core and models, and draw."""
