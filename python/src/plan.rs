//! A plan: what a query computes, without having computed it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use rastra::AnyPlan;
use std::sync::Arc;

#[pyclass(frozen, module = "rastra._rastra")]
pub(crate) struct Plan(pub AnyPlan);

#[pymethods]
impl Plan {
    /// `cube`, `table` or `picture`.
    #[getter]
    fn kind(&self) -> &'static str {
        match &self.0 {
            AnyPlan::Cube(_) => "cube",
            AnyPlan::Table(_) => "table",
            AnyPlan::Picture(_) => "picture",
        }
    }

    /// What is known of the result, in a line.
    #[getter]
    fn summary(&self) -> String {
        self.0.summary()
    }

    /// Whether it writes a file.
    #[getter]
    fn saves(&self) -> bool {
        self.0.is_write()
    }

    /// Steps, bands and grid of a cube, or the columns of a table, as JSON.
    #[getter]
    fn schema(&self) -> Option<String> {
        match &self.0 {
            AnyPlan::Cube(plan) => serde_json::to_string(plan.schema()).ok(),
            AnyPlan::Table(plan) => serde_json::to_string(&plan.schema).ok(),
            AnyPlan::Picture(_) => None,
        }
    }

    /// The whole plan as JSON.
    #[getter]
    fn json(&self) -> Option<String> {
        serde_json::to_string(&self.0).ok()
    }
}

impl Plan {
    /// # Errors
    /// `TypeError` where it is none.
    pub(crate) fn cube(&self) -> PyResult<Arc<rastra::Plan>> {
        self.0.cube().cloned().ok_or_else(|| self.other("a cube"))
    }

    /// # Errors
    /// `TypeError` where it is none.
    pub(crate) fn table(&self) -> PyResult<Arc<rastra::TablePlan>> {
        self.0.table().cloned().ok_or_else(|| self.other("a table"))
    }

    fn other(&self, wanted: &str) -> PyErr {
        PyTypeError::new_err(format!("the query gives {}, not {wanted}", self.0.noun()))
    }
}
