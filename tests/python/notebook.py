"""Runs the cells of docs/python.ipynb in order, as Jupyter does, and checks what they show: notebook.py NOTEBOOK."""

import ast
import json
import os
import sys
from pathlib import Path

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
notebook = json.loads(Path(sys.argv[1]).read_text())
cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells), "the notebook is kept without outputs"
names, shown = {"__name__": "__main__"}, []
for number, cell in enumerate(cells, 1):
    tree = ast.parse("".join(cell["source"]), f"cell {number}")
    # The value of a last expression is what Jupyter shows.
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"cell {number}", "exec"), names)
    shown.append(eval(compile(last, f"cell {number}", "eval"), names) if last else None)

assert shown[0][1] == {"train": 39, "eval": 4, "test": 5}, shown[0]
assert sum(rows for _, rows, _ in shown[2]) == 48
assert names["findings"].height > 50 and names["copies"].height > 0, "no near copies"
assert shown[5] == 2 and shown[6].height == 3, "two and one judgements"
assert [number for number, _ in shown[7]] == [2]
assert names["everything"].height == 53 and names["same"].height > 0, names["everything"].height
audit = shown[-1].row(0, named=True)
assert (audit["name"], audit["judged"], audit["finished"]) == ("first", 3, True) and audit["high"] < 1, audit
print(f"tests/python: all {len(cells)} cells of the notebook run")
