"""Everything learned: trackers and, later, networks, behind the protocols that core defines."""
