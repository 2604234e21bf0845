"""Digital phantom patients: a drawn face, or a consenting portrait, moved by a muscle model with known weakness and synkinesis."""
