"""Grades: branch weakness, synkinesis, affected side and estimates of the clinical scales."""
