"""What Jupyter's own test suite for kernels asks of the Rastra kernel."""

import unittest

import jupyter_kernel_test


class RastraKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "rastra"
    language_name = "rastra"
    file_extension = ".rastra"
    # Nothing in the language prints to standard output, results are results.
    code_stderr = ":timing on\nramp 1 1 | show"
    completion_samples = [
        {"text": "ramp 1 1 | resa", "matches": {"resample"}},
        {"text": "ramp 1 1 | groupby mon", "matches": {"month", "monthday"}},
        {"text": "ramp 1 1 bands [red nir] | map n", "matches": {"nir", "nodata", "normalized_difference(", "not"}},
    ]
    complete_code_samples = ["ramp 1 1", "let a = 3", ":vars", "ramp 1 1\n| show"]
    incomplete_code_samples = ["ramp 1 1 |", "let a = (", 'load files "x']
    invalid_code_samples = ["ramp 1 1 )"]
    code_generate_error = "ramp 1 1 | no_such_stage"
    code_execute_result = [
        {"code": "ramp 1 2 | show", "result": "2020-01-01 v\n 0  1\n10 11"},
        {"code": "let a = ramp 2 1\n:vars", "mime": "text/plain"},
        {"code": "ramp 1 2", "mime": "text/html"},
    ]
    code_display_data = [{"code": "ramp 1 1 | describe; ramp 1 2 | describe", "mime": "text/html"}]
    code_inspect_sample = "resample"
    code_history_pattern = "ramp 1 2 | sh*"
    supported_history_operations = ("tail", "range", "search")


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "rastra"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
