//! A session: names, settings, and what is computed in it.

use super::answers::answer;
use super::arrays::{self, Made};
use super::errors::raised;
use super::memory::{self, Given};
use super::plan::Plan;
use super::tables;
use super::watch::{Listener, Seen, watched};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use rastra::{Answer, Diagnostic, Thumbnails};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

/// The name of a program in its diagnostics.
const PROGRAM: &str = "query";

/// Used by one thread at a time; others wait. Every method that may take long releases the interpreter's lock, ends on
/// Ctrl-C, and tells `tell` how far it is (`None`: nobody).
#[pyclass(module = "rastra._rastra")]
pub(crate) struct Session {
    inner: Mutex<rastra::Session>,
    cancel: Arc<AtomicBool>,
    seen: Arc<Seen>,
}

/// What the work of a session comes to.
type Worked<T> = Result<T, Vec<Box<Diagnostic>>>;

fn one(diagnostic: Box<Diagnostic>) -> Vec<Box<Diagnostic>> {
    vec![diagnostic]
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, rastra::Session> {
        self.inner.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Does what may take long.
    fn work<T: Send>(
        &self,
        py: Python<'_>,
        tell: &Py<PyAny>,
        work: impl FnOnce(&mut rastra::Session) -> Worked<T> + Send,
    ) -> PyResult<T> {
        let made = watched(py, (&self.cancel, &self.seen), tell, || work(&mut self.lock()))?;
        made.map_err(|all| raised(py, &self.lock(), &all))
    }

    fn failed(&self, py: Python<'_>, diagnostic: Box<Diagnostic>) -> PyErr {
        raised(py, &self.lock(), &[diagnostic])
    }
}

#[pymethods]
impl Session {
    #[new]
    fn new() -> Session {
        let mut inner = rastra::Session::new().interactive();
        inner.settings.thumbnails = Thumbnails::Auto;
        let (cancel, seen) = (inner.cancel_flag(), Arc::<Seen>::default());
        let heard = seen.clone();
        inner.observe(move |_| Arc::new(Listener(heard.clone())));
        Session { inner: Mutex::new(inner), cancel, seen }
    }

    /// Names a data set: programs know it as `$name`.
    fn attach(&self, py: Python<'_>, name: &str, attributes: &str, variables: Vec<Given<'_>>) -> PyResult<()> {
        let dataset = memory::dataset(attributes, variables)?;
        // Coordinates may be asked of functions of Python, so its lock is free.
        let none = py.None();
        self.work(py, &none, |session| session.attach(name, dataset).map_err(one))
    }

    /// Names what another query gives.
    fn name(&self, py: Python<'_>, name: &str, plan: &Plan) -> PyResult<()> {
        let named = self.lock().name(name, plan.0.clone());
        named.map_err(|diagnostic| self.failed(py, diagnostic))
    }

    /// Forgets a name; what refers to it goes on.
    fn forget(&self, name: &str) {
        self.lock().forget(name);
    }

    /// The values that programs get for what they declare by `param`, from now on.
    fn params(&self, values: BTreeMap<String, String>) {
        self.lock().settings.params = values;
    }

    /// Plans a program: its names and settings stay, its last pipeline is handed back.
    fn plan(&self, py: Python<'_>, text: &str, tell: Py<PyAny>) -> PyResult<Plan> {
        self.work(py, &tell, |session| session.carried(text)).map(Plan)
    }

    /// Runs a program; what each of its pipelines shows.
    fn run<'py>(&self, py: Python<'py>, text: &str, tell: Py<PyAny>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let answers = self.work(py, &tell, |session| {
            let mut answers: Vec<Answer> = Vec::new();
            session.run(PROGRAM, text, &mut |answer| answers.push(answer)).map(|()| answers)
        })?;
        answers.into_iter().map(|one| answer(py, one)).collect()
    }

    /// What a pipeline that ends here shows; what is to be saved is saved.
    fn view<'py>(&self, py: Python<'py>, plan: &Plan, tell: Py<PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let made = self.work(py, &tell, |session| session.view(&plan.0).map_err(one))?;
        answer(py, made)
    }

    /// Plan, tasks, bytes and memory, as text.
    fn explain(&self, py: Python<'_>, plan: &Plan) -> PyResult<String> {
        let none = py.None();
        let made = self.work(py, &none, |session| {
            let before = std::mem::replace(&mut session.settings.dry_run, true);
            let made = session.view(&plan.0);
            session.settings.dry_run = before;
            made.map_err(one)
        })?;
        Ok(made.output.map(|output| output.plain()).unwrap_or_default())
    }

    /// A cube as a data set, and what the run has to tell.
    fn dataset<'py>(&self, py: Python<'py>, plan: &Plan, tell: Py<PyAny>) -> PyResult<(Made<'py>, Vec<String>)> {
        let cube = plan.cube()?;
        let (made, notes) = self.work(py, &tell, |session| session.dataset(&cube).map_err(one))?;
        Ok((arrays::dataset(py, made)?, notes))
    }

    /// The columns of a table, and what the run has to tell.
    fn columns<'py>(
        &self,
        py: Python<'py>,
        plan: &Plan,
        tell: Py<PyAny>,
    ) -> PyResult<(Vec<tables::Given<'py>>, Vec<String>)> {
        let table = plan.table()?;
        let (made, notes) = self.work(py, &tell, |session| session.rows(&table).map_err(one))?;
        Ok((tables::columns(py, made)?, notes))
    }

    /// A table as a stream of Arrow, and what the run has to tell.
    fn stream<'py>(
        &self,
        py: Python<'py>,
        plan: &Plan,
        tell: Py<PyAny>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Vec<String>)> {
        let table = plan.table()?;
        let (made, notes) = self.work(py, &tell, |session| session.rows(&table).map_err(one))?;
        Ok((tables::stream(py, made)?, notes))
    }
}
