"""Sums of functions of single columns, each told by a table of its codes."""

import numba


@numba.njit(cache=True, nogil=True)
def add_tables(codes, columns, tables, out):
    """Add what each of some columns' codes count to `out`.

    Args:
        codes: uint8 (columns of the table, rows).
        columns: those that count, int64 (columns,).
        tables: what their codes count, float32 (columns, 256).
        out: float32 (rows,).
    """
    for place in range(len(columns)):
        mine, table = codes[columns[place]], tables[place]
        for row in range(len(out)):
            out[row] += table[mine[row]]


@numba.njit(cache=True, nogil=True)
def totals(codes, columns, rows, amount, out):
    """Add the amounts of some rows up by the codes of some columns.

    Args:
        codes: uint8 (columns of the table, rows of the table).
        columns: int64 (columns,).
        rows: which rows, int64 (rows,).
        amount: of each of them, float64 (rows,).
        out: 0 beforehand, float64 (columns, 256).
    """
    for place in range(len(columns)):
        mine, total = codes[columns[place]], out[place]
        for each in range(len(rows)):
            total[mine[rows[each]]] += amount[each]
