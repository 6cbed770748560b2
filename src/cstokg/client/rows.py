"""The rows of an answer, and the same as a DataFrame of pandas or polars."""

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, overload

from cstokg import json_results
from cstokg.client import values
from cstokg.client.values import Blank, Iri, Text, Value, Year, YearMonth
from cstokg.errors import CstokgError

if TYPE_CHECKING:
    import pandas
    import polars

Row = Mapping[str, Value | None]

_LARGEST = 2**63
_EXACT = 2**53  # a float can represent every integer up to this one
_DECIMAL_DIGITS = 38  # of polars, before and after the point
_TEXTS = frozenset({Iri, Blank, Text})


class MissingPackageError(CstokgError):
    """A package that only some functions need is not installed; the message says how to install it."""


class Rows(Sequence[Row]):
    """All rows of an answer; each maps every column to a value, or to None where it is unbound.

    Attributes:
        columns: the names of the columns, in order.
    """

    def __init__(self, columns: Iterable[str], rows: Iterable[Row]) -> None:
        """Keep the rows; each has every column."""
        self.columns = tuple(columns)
        self._rows = tuple(rows)

    @classmethod
    def of_json(cls, results: json_results.Results) -> "Rows":
        """Return the rows of a result in JSON."""
        rows = (
            {name: values.of_json(row[name]) if name in row else None for name in results.columns}
            for row in results.rows
        )
        return cls(results.columns, rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows in order."""
        return iter(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> "Rows": ...

    def __getitem__(self, index: int | slice) -> "Row | Rows":
        """Return a row, or the rows of a slice."""
        if isinstance(index, slice):
            return Rows(self.columns, self._rows[index])
        return self._rows[index]

    def __eq__(self, other: object) -> bool:
        """Return whether columns and rows are the same."""
        if not isinstance(other, Rows):
            return NotImplemented
        return self.columns == other.columns and self._rows == other._rows

    def __hash__(self) -> int:
        """Return a hash of the columns and the number of rows."""
        return hash((self.columns, len(self._rows)))

    def __repr__(self) -> str:
        """Return how many rows there are, and the columns."""
        return f"<{len(self)} rows: {', '.join(self.columns)}>"

    def column(self, name: str) -> list[Value | None]:
        """Return the values of a column, in the order of the rows.

        Raises:
            KeyError: there is no such column.
        """
        if name not in self.columns:
            raise KeyError(f"no column '{name}'; columns: {', '.join(self.columns)}")
        return [row[name] for row in self._rows]

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a DataFrame; a column whose values are of one type has the dtype for it.

        These are ``string`` for texts and IRIs, ``Int64``, ``Float64``, ``boolean``, ``datetime64``,
        ``period[Y]`` and ``period[M]``, each with room for missing values. Decimals and mixed columns
        are objects.

        Raises:
            MissingPackageError: pandas is not installed.
        """
        pandas = _package("pandas")
        series = {name: _series(pandas, self.column(name)) for name in self.columns}
        return pandas.DataFrame(series, columns=list(self.columns), index=range(len(self)))

    def to_polars(self) -> "polars.DataFrame":
        """Return a DataFrame; a column whose values are of one type has the dtype for it.

        Years are ``Int32``. Months, the values of mixed columns, and decimals that need more than 38 digits
        are ``String``, written as in RDF.

        Raises:
            MissingPackageError: polars is not installed.
        """
        polars = _package("polars")
        return polars.DataFrame([_polars_series(polars, name, self.column(name)) for name in self.columns])  # type: ignore[no-any-return]


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPackageError(
            f"to_{name}() needs {name}, which is not installed: pip install {name}"
        ) from error


def _kind(column: Iterable[Value | None]) -> type | None:
    """Return the one type of a column's values, ``str`` for all kinds of text; None if they have several."""
    types: set[type] = {type(value) for value in column if value is not None}
    if types and types <= _TEXTS:
        return str
    if types == {int, float}:
        integers = [value for value in column if isinstance(value, int)]
        return float if all(abs(value) <= _EXACT for value in integers) else None
    if types == {datetime}:
        zones = {value.tzinfo is None for value in column if isinstance(value, datetime)}
        return datetime if len(zones) == 1 else None
    if types == {int} and any(abs(value) >= _LARGEST for value in column if isinstance(value, int)):
        return None
    return types.pop() if len(types) == 1 else None


def _series(pandas: Any, column: list[Value | None]) -> Any:
    kind = _kind(column)
    if kind is datetime:
        is_local = any(value.tzinfo is None for value in column if isinstance(value, datetime))
        return pandas.Series(pandas.to_datetime(pandas.Series(column, dtype="object"), utc=not is_local))
    if kind is date:
        return pandas.Series(pandas.array(column, dtype="datetime64[s]"))
    if kind in (Year, YearMonth):
        frequency = "Y" if kind is Year else "M"
        periods = [None if value is None else pandas.Period(str(value), frequency) for value in column]
        return pandas.Series(pandas.array(periods, dtype=f"period[{frequency}]"))
    if kind is str:
        texts = [None if value is None else str(value) for value in column]
        return pandas.Series(pandas.array(texts, dtype="string"))
    dtype = {bool: "boolean", int: "Int64", float: "Float64"}.get(kind or object, "object")
    return pandas.Series(column, dtype=dtype)


def _polars_series(polars: Any, name: str, column: list[Value | None]) -> Any:
    kind = _kind(column)
    if kind is Year:
        years = [value.year if isinstance(value, Year) else None for value in column]
        return polars.Series(name, years, dtype=polars.Int32)
    if kind is datetime:
        return polars.Series(name, column)
    dtypes = {
        bool: polars.Boolean,
        int: polars.Int64,
        float: polars.Float64,
        date: polars.Date,
        Decimal: None,
    }
    if kind in dtypes and (kind is not Decimal or _are_short(column)):
        return polars.Series(name, column, dtype=dtypes[kind])
    texts = [None if value is None else _written(value) for value in column]
    return polars.Series(name, texts, dtype=polars.String if any(texts) or kind else polars.Null)


def _are_short(column: Iterable[Value | None]) -> bool:
    """Return whether polars can hold the decimals of a column, all with as many places as the longest."""
    decimals = [value for value in column if isinstance(value, Decimal)]
    places = max(max(0, -int(value.as_tuple().exponent)) for value in decimals)
    return all(max(0, value.adjusted() + 1) + places <= _DECIMAL_DIGITS for value in decimals)


def _written(value: Value) -> str:
    """Return a value as RDF writes it, without its datatype."""
    return str(value) if isinstance(value, str) else values.to_term(value).value
