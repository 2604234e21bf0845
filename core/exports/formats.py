"""What can be asked of an export of tables; light, so that the command line can name it without reading the rest."""

from __future__ import annotations

from enum import StrEnum


class TableFormat(StrEnum):
    """File formats of tables."""

    CSV = "csv"
    PARQUET = "parquet"


class TidyTable(StrEnum):
    """Which tables can be asked for; landmarks are large: 40 MB a minute of video as CSV."""

    MEASURES = "measures"
    CHANGES = "changes"
    CURVES = "curves"
    LANDMARKS = "landmarks"


DEFAULT_TABLES = (TidyTable.MEASURES, TidyTable.CHANGES)
"""Written where nobody says which; changes only of patients with two analysed visits."""
