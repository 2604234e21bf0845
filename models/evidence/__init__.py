"""What speaks for and against a learned screen: statistics, probes for confounders, stress tests, sub-groups and their tables."""
