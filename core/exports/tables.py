"""Writing tables as CSV and Parquet piece by piece, and reading them back as they were.

CSV is UTF-8 with commas and decimal points; text stands in double quotes, numbers do not, and an empty cell is a missing value.
Text that a spreadsheet would take for a formula is disarmed in CSV (core.exports.cells); Parquet holds it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from core.errors import InputError
from core.exports.cells import disarm, rearm
from core.exports.columns import TableSpec
from core.exports.formats import TableFormat

# Compiled modules whose type hints do not list what they hold.
compute: Any = pyarrow.compute
pa_csv: Any = pyarrow.csv
parquet: Any = pyarrow.parquet


class TableWriter:
    """Writes one table, piece by piece; the file is complete once it is closed.

    Args:
        path: the file.
        spec: its columns.
        form: its format.
    """

    def __init__(self, path: Path, spec: TableSpec, form: TableFormat) -> None:
        self.spec, self.rows = spec, 0
        self._form = form
        if form is TableFormat.CSV:
            options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
            self._stream = path.open("wb")
            self._stream.write((",".join(spec.schema.names) + "\n").encode())
            self._writer = pa_csv.CSVWriter(self._stream, spec.schema, write_options=options)
        else:
            self._writer = parquet.ParquetWriter(path, spec.schema, compression="zstd")

    def write(self, table: pa.Table) -> None:
        """Append rows; raises ValueError when their columns are others."""
        if not table.schema.equals(self.spec.schema):
            raise ValueError(f"table must have the columns of {self.spec.name}, got {table.schema.names}")
        self.rows += table.num_rows
        self._writer.write_table(_disarmed(table) if self._form is TableFormat.CSV else table)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        if self._form is TableFormat.CSV:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, place: TracebackType | None
    ) -> None:
        self.close()


def read_table(path: Path, spec: TableSpec) -> pa.Table:
    """A table as it was before it was written; CSV or Parquet by the suffix.

    Raises:
        InputError: the file cannot be read, or is another table.
    """
    try:
        if path.suffix == ".parquet":
            table = parquet.read_table(path)
        else:
            reading = pa_csv.ConvertOptions(
                column_types=spec.schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["true"],
                false_values=["false"],
            )
            parsing = pa_csv.ParseOptions(newlines_in_values=True)
            # One thread and one block after the other: fields may hold line breaks.
            options = pa_csv.ReadOptions(use_threads=False, block_size=1 << 24)
            table = pa_csv.read_csv(path, options, parsing, reading)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise InputError(f"The file {path.name} cannot be read as the table {spec.name}.", code="table") from problem
    if not table.schema.equals(spec.schema):
        raise InputError(f"The file {path.name} is not the table {spec.name}: its columns differ.", code="table")
    return table if path.suffix == ".parquet" else _rearmed(table)


def _disarmed(table: pa.Table) -> pa.Table:
    return _on_texts(table, disarm)


def _rearmed(table: pa.Table) -> pa.Table:
    return _on_texts(table, rearm)


def _on_texts(table: pa.Table, change: Callable[[str], str]) -> pa.Table:
    """The table with ``change`` applied to every text; each different text is changed once."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) and table.num_rows:
            coded = table.column(index).combine_chunks().dictionary_encode()
            texts = pa.array(
                [None if text is None else change(text) for text in coded.dictionary.to_pylist()], pa.string()
            )
            table = table.set_column(index, field, compute.take(texts, coded.indices))
    return table
