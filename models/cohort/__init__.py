"""A simulated cohort: people, each with examinations in health, in palsy without and with synkinesis, for the screen and severity.

conditions  what is wrong with a face, drawn at random for a group
exams       examinations of one person: pictures, landmarks, and, of full ones, the measured result
store       the cohort on disk, read person by person
"""

from models.cohort.exams import CohortExam
from models.cohort.store import Cohort

__all__ = ["Cohort", "CohortExam"]
