# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Tables that read well in a terminal and are Markdown."""


def table(head: list[str], rows: list[list[str]]) -> str:
    """The first column is words, the others are numbers."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: list[str]) -> str:
        words = [cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(words) + " |"

    rule = "|" + "|".join("-" * (width + 1) + (":" if column else "-") for column, width in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, rows)])


def count(number: float) -> str:
    """A whole number with two or three digits that mean something: 123,000 rather than 123,456."""
    if number >= 1000:
        digits = len(str(int(number))) - 3
        number = round(number / 10**digits) * 10**digits
    return f"{number:,.0f}"
