"""What the page on Python and the help of the functions show is what they answer."""

import doctest
import importlib
import os
import sys
import unittest
from pathlib import Path

import rastra

ROOT = Path(__file__).parents[2]
FLAGS = doctest.NORMALIZE_WHITESPACE


class Shown(unittest.TestCase):
    def setUp(self):
        # Programs there name files of the repository.
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(ROOT)

    def test_the_page(self):
        failed, tried = doctest.testfile(str(ROOT / "docs/python.md"), module_relative=False, optionflags=FLAGS)
        self.assertEqual(failed, 0)
        self.assertGreater(tried, 10)

    def test_the_help(self):
        # `rastra.query` is the function, the module of that name is behind it.
        for module in (importlib.import_module("rastra.sources"), sys.modules["rastra.query"]):
            tested = doctest.testmod(module, optionflags=FLAGS)
            self.assertEqual(tested.failed, 0)
            self.assertGreater(tested.attempted, 0)


if __name__ == "__main__":
    unittest.main()
