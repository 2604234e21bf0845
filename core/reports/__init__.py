"""Reports for the patient's record: PDF of one visit and of two compared visits, vector, embedded fonts, reproducible bytes."""
