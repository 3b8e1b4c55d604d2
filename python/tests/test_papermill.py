"""Parameters by papermill: how values are written, what a cell declares, and notebooks that run with the real kernel.

`RASTRA` names the program, which installs its kernel for these tests alone.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillException
from papermill.translators import papermill_translators

PROGRAM = shutil.which(os.environ.get("RASTRA", "rastra"))

PARAMETERS = """\
## The year of the report.
param year: number = 2020
param step: number = 1mo   # a length of time
param since: date = @2020-01; param title: text = "no # title; none"
param out: path = "none.csv"
## West, south,
## east, north.
param box: bbox = [
    500000 4999960
    500040 5000000
]
param bands: list = ["a"]
param only = true
param filling = 0
"""
CELLS = [
    ":params",
    """\
ramp 36 4 bands [a b c] | filter year(time) == $year and time >= $since
| resample $step mean | select $bands | crop bbox $box | schema""",
    "ramp 1 1 | mean over space | derive title = $title | select title | save csv $out",
    "ramp 1 2 gaps 3 | where $only | map v = v ?? $filling | show",
    "ramp 1 2 | where v in $extra | show",
]


def notebook(first, *others):
    first = nbformat.v4.new_code_cell(first, metadata={"tags": ["parameters"]})
    spec = {"name": "rastra", "display_name": "Rastra", "language": "rastra"}
    cells = [first, *map(nbformat.v4.new_code_cell, others)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


class Translator(unittest.TestCase):
    def setUp(self):
        self.translator = papermill_translators.find_translator("rastra", "rastra")

    def written(self, cell, **parameters):
        self.translator.inspect(nbformat.v4.new_code_cell(cell))
        head, *lines = self.translator.codify(parameters).splitlines()
        self.assertEqual(head, "# Parameters")
        return "\n".join(lines)

    def test_values_that_no_cell_declares(self):
        for value, expected in [
            (3, "3"),
            (-3, "-3"),
            (10**20, "100000000000000000000"),
            (0.1, "0.1"),
            (-1e-7, "-1e-07"),
            (float("nan"), "nodata"),
            (None, "nodata"),
            (True, "true"),
            (False, "false"),
            ("rain", '"rain"'),
            ('é "a\\b" ${c}\n\t\r', r'"é \"a\\b\" \${c}\n\t\r"'),
            ("2023-01-01", '"2023-01-01"'),
            ([], "[]"),
            ([1, [-2.5, None], "a"], '[1, [-2.5, nodata], "a"]'),
            ((1, 2), "[1, 2]"),
        ]:
            with self.subTest(value):
                self.assertEqual(self.written("", a=value), f"let a = {expected}")

    def test_values_take_the_types_that_are_declared(self):
        for declared, value, expected in [
            (": number = 1", 2, ": number = 2"),
            (": number = 1d", "10d", ": number = 10d"),
            (": number = 1", "-5%", ": number = -5%"),
            # What fits no type is left to Rastra, which says so.
            (": number = 1", "1 + 1", ': number = "1 + 1"'),
            (": number = 1", "2020-01", ': number = "2020-01"'),
            (": date = @2020", "2023-01-01", ": date = @2023-01-01"),
            (": date = @2020", "2023-01-01T10:30Z", ": date = @2023-01-01T10:30Z"),
            (": date = @2020", "2020-06..2021", ": date = @2020-06..2021"),
            (": date = @2020", 2023, ": date = @2023"),
            (": date = @2020", "soon", ': date = "soon"'),
            (": text", "2023-01-01", ': text = "2023-01-01"'),
            (': text = ""', 2023, ': text = "2023"'),
            (': path = "a"', 7.5, ': path = "7.5"'),
            (": list = []", "red, nir 3", ': list = ["red", "nir", 3]'),
            (": list = []", "", ": list = []"),
            (": list = []", ["red", 3], ': list = ["red", 3]'),
            (": bbox = [1 2 3 4]", "-5 45,6 46.5", ": bbox = [-5, 45, 6, 46.5]"),
            (" = @2020", "2021-02", " = @2021-02"),
            (" = [1 2]", "3,4", " = [3, 4]"),
            (' = "a"', 5, ' = "5"'),
            (" = 1mo", "1q", " = 1q"),
            (": list = []", 3, ": list = [3]"),
            (" = true", False, " = false"),
            (" = true", "false", " = false"),
            (" = nir", "red", ' = "red"'),
        ]:
            with self.subTest(declared=declared, value=value):
                self.assertEqual(self.written(f"param a{declared}", a=value), f"param a{expected}")

    def test_types_are_those_of_one_notebook(self):
        self.assertEqual(self.written("param a: date = @2020", a="2021"), "param a: date = @2021")
        self.assertEqual(self.translator.codify({"a": "2021"}), '# Parameters\nlet a = "2021"\n')

    def test_what_cannot_be_written_is_refused(self):
        for value, words in [({"a": 1}, "no dicts"), ([{}], "no dicts"), (float("-inf"), "infinite")]:
            with self.assertRaisesRegex(PapermillException, words):
                self.written("", a=value)

    def test_cells_are_read(self):
        found = self.translator.inspect(nbformat.v4.new_code_cell(f'{PARAMETERS}let b = "param c = 1"\nparam d: text'))
        self.assertEqual(
            [tuple(parameter) for parameter in found],
            [
                ("year", "number", "2020", "The year of the report."),
                ("step", "number", "1mo", ""),
                ("since", "date", "@2020-01", ""),
                ("title", "text", '"no # title; none"', ""),
                ("out", "path", '"none.csv"', ""),
                ("box", "bbox", "[\n    500000 4999960\n    500040 5000000\n]", "West, south, east, north."),
                ("bands", "list", '["a"]', ""),
                ("only", "truth", "true", ""),
                ("filling", "number", "0", ""),
                ("d", "text", "", ""),
            ],
        )
        for text in ["", "param", "param = 1", 'param a = "', "param a = ]", ")\nparam", "let a = 1\n:vars"]:
            self.assertLessEqual(len(self.translator.inspect(nbformat.v4.new_code_cell(text))), 1, text)

    def test_the_engine_is_that_of_papermill(self):
        self.assertIs(papermill_engines.get_engine("rastra"), NBClientEngine)

    def test_either_may_be_imported_first(self):
        check = "import papermill.translators as t; t.papermill_translators.find_translator('x', 'rastra')"
        for first in ["rastra.papermill", "papermill"]:
            subprocess.run([sys.executable, "-c", f"import {first}; {check}"], check=True, timeout=60)


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        assert PROGRAM, "`RASTRA` names no program"
        cls.program = os.path.abspath(PROGRAM)
        cls.prefix = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.prefix.cleanup)
        subprocess.run([cls.program, "kernel", "install", "--prefix", cls.prefix.name], check=True, capture_output=True)

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.folder = Path(home.name)

    def ran(self, *command):
        prefix = self.prefix.name
        env = os.environ | {"JUPYTER_PATH": f"{prefix}/share/jupyter", "JUPYTER_RUNTIME_DIR": f"{prefix}/runtime"}
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=300)

    def python(self, *command):
        return self.ran(sys.executable, "-m", *command)

    def papermill(self, *more):
        return self.python("papermill", "report.ipynb", "made.ipynb", "-k", "rastra", "--no-progress-bar", *more)

    def test_a_notebook_runs_with_parameters_of_each_type(self):
        nbformat.write(notebook(PARAMETERS, *CELLS), self.folder / "report.ipynb")
        title = 'é "a\\b" ${c} # d\n\te'
        given = {
            "year": "2021",
            "step": "1q",
            "since": "2021-03-01",
            "out": "made.csv",
            "box": "500000 4999980 500020 5000000",
            "bands": "a,c",
            "only": "False",
            "filling": "None",
        }
        options = [text for name, value in given.items() for text in ("-p", name, value)]
        ran = self.papermill(*options, "-r", "title", title, "-y", "extra: [0, 11]")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("unknown parameter: extra", ran.stderr)
        made = nbformat.read(self.folder / "made.ipynb", 4)
        shown = [
            "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)
            for cell in made.cells
        ]
        self.assertEqual(made.cells[1].metadata.tags, ["injected-parameters"])
        self.assertEqual(shown[:2], ["", ""])
        self.assertRegex(shown[2], "year: number +the number `2021`\n +step: number +the quantity `1q`")
        self.assertRegex(shown[2], "since: date +the date `2021-03-01`")
        self.assertIn("2021-01-01 .. 2021-10-01, 4 steps, 2 bands (a c: float64), 2 x 2 pixels", shown[3])
        escaped = title.replace('"', '""')
        self.assertEqual((self.folder / "made.csv").read_text(encoding="utf-8"), f'title\n"{escaped}"\n')
        self.assertIn("nodata nodata\nnodata nodata", shown[5])
        self.assertIn("     0 nodata\nnodata     11", shown[6])

        # What was made is a program still, with parameters.
        again = self.ran(self.program, "run", "made.ipynb", "--set", "year=2022")
        self.assertIn("2022-01-01 .. 2022-10-01, 4 steps", again.stdout, again.stderr)
        self.assertEqual(self.python("nbconvert", "--to", "script", "made.ipynb").returncode, 0)
        checked = self.ran(self.program, "check", "made.rastra")
        self.assertEqual(checked.returncode, 0, checked.stderr)

        # The kernel says by which lexer its cells are colored.
        self.assertEqual(self.python("nbconvert", "--to", "html", "made.ipynb").returncode, 0)
        page = (self.folder / "made.html").read_text(encoding="utf-8")
        for kind, piece in [("kp", "resample"), ("k", "param"), ("nv", "$step")]:
            self.assertIn(f'<span class="{kind}">{piece}</span>', page)

    def test_a_value_of_another_type_is_refused_by_rastra(self):
        nbformat.write(notebook(PARAMETERS, ":vars"), self.folder / "report.ipynb")
        ran = self.papermill("-p", "since", "soon")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn('`since` is the text "soon", not a date', ran.stderr)
        ran = self.papermill("-y", json.dumps({"year": {"from": 2020}}))
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("no dicts: give {'from': 2020} as a list", ran.stderr)

    def test_the_parameters_are_listed(self):
        nbformat.write(notebook(PARAMETERS), self.folder / "report.ipynb")
        ran = self.python("papermill", "--help-notebook", "report.ipynb")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r"year: number \(default 2020\) +The year of the report\.")
        self.assertIn("since: date (default @2020-01)", ran.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
