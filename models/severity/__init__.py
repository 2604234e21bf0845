"""Severity of every branch, learned: a second opinion beside the rule-based weakness of core.grading, never instead of it.

features      what was measured, as seen from one side of the face
data          examinations with features, pictures and known severity
distribution  severity as a distribution over bins: labels, expectation, interval
network       one network for either side; sides swapped give swapped answers
training, checkpoints, inference  learning, its files, and asking it
predictions, report, card         what it said of people it never saw, and how good that was
manifest      examinations that clinicians have rated
assessor      ``SeverityRegression``, what the analysis asks (core.second_opinions.SeverityModel)
"""
