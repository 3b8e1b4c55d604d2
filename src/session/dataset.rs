//! Data sets of the program that embeds Rastra: arrays it has as names, results as arrays.

use super::Session;
use crate::diagnostic::{Result, Span};
use crate::io::{self, Dataset, memory};
use crate::lang::bind::BoundPipeline;
use crate::plan::{AnyPlan, Plan, TablePlan};
use crate::run::{self, Answer};
use crate::table::Table;
use std::sync::Arc;

impl Session {
    /// Names a data set: programs that run from now on know it as `$name`. It is described as CF describes files, and
    /// what is understood of a file is understood of it: times by their units and calendar, rows from the south, packed
    /// numbers. No pixel is read before a run asks for it; the data set lives as long as a plan refers to it.
    ///
    /// ```
    /// # use rastra::{Dataset, Pixels, Session, Values, Variable};
    /// # use serde_json::{Map, json};
    /// let variable = |name: &str, dims: &[&str], units: &str, values: Vec<f64>| Variable {
    ///     name: name.into(),
    ///     dims: dims.iter().map(|dim| dim.to_string()).collect(),
    ///     shape: dims.iter().map(|_| 2).collect(),
    ///     attributes: Map::from_iter([("units".to_string(), json!(units))]),
    ///     chunks: None,
    ///     values: Values::Numbers(Pixels::F64(values)),
    /// };
    /// let rain = Dataset {
    ///     variables: vec![
    ///         variable("rain", &["time", "lat", "lon"], "mm", (0..8).map(f64::from).collect()),
    ///         variable("time", &["time"], "days since 2020-01-01", vec![0.0, 1.0]),
    ///         variable("lat", &["lat"], "degrees_north", vec![50.0, 51.0]),
    ///         variable("lon", &["lon"], "degrees_east", vec![7.0, 8.0]),
    ///     ],
    ///     ..Dataset::default()
    /// };
    /// let mut session = Session::new();
    /// session.attach("rain", rain).expect("it is a cube");
    /// let sum = session.plan("$rain | sum").expect("the program is right");
    /// // From the north: the file's second row comes first.
    /// assert_eq!(session.step(&sum, 0).expect("there is one").as_slice(), Some(&[8.0, 10.0, 4.0, 6.0][..]));
    /// ```
    ///
    /// # Errors
    /// `E0001` for what cannot be the name of a variable, and as of a file that says the same: `E0307` where it holds no
    /// cube, `E0309` for coordinates that are no grid, `E0308` for times that are not of CF, `E0310` for a further dimension.
    pub fn attach(&mut self, name: &str, dataset: Dataset) -> Result<()> {
        let (spec, schema) = memory::attach(&format!("${name}"), dataset)?;
        self.name(name, Plan::scan(spec, schema, Span::default()))
    }

    /// Computes a cube into a data set that says what a store of it would say: coordinates, times in their units and
    /// calendar, reference system, attributes. With it what the run has to tell.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4 | resample 1y mean").expect("the program is right");
    /// let (dataset, notes) = session.dataset(&plan).expect("it fits in memory");
    /// let band = dataset.variables.iter().find(|variable| variable.name == "v").expect("the band");
    /// assert_eq!((&band.dims[..], &band.shape[..]), (&["time", "y", "x"].map(String::from)[..], &[2, 4, 4][..]));
    /// assert!(notes.is_empty());
    /// ```
    ///
    /// # Errors
    /// As [`Session::collect`].
    pub fn dataset(&self, plan: &Arc<Plan>) -> Result<(Dataset, Vec<String>)> {
        let with = self.run_with()?;
        let (chunk, outcome) = run::collect(plan, &with)?;
        Ok((io::dataset(&plan.schema, chunk)?, run::notes(plan, &outcome)))
    }

    /// Computes a table, with what the run has to tell.
    ///
    /// # Errors
    /// As [`Session::tabulate`].
    pub fn rows(&self, plan: &Arc<TablePlan>) -> Result<(Table, Vec<String>)> {
        let made = run::tabulate(plan, &self.run_with()?)?;
        Ok((Arc::unwrap_or_clone(made.table), made.notes))
    }

    /// What a pipeline that ends in this shows: the card of a cube, the rows of a table, the bytes of a picture; what is
    /// to be saved is saved.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let result = session.result_of("ramp 24 4 | mean").expect("the program is right");
    /// let card = session.view(&result).expect("no pixel is read").output.expect("nothing is saved");
    /// assert!(card.plain().starts_with("2020-01-01 .. 2021-12-01, reduced over 24 steps"));
    /// ```
    ///
    /// # Errors
    /// As a run.
    pub fn view(&self, result: &AnyPlan) -> Result<Answer> {
        self.answer(&BoundPipeline { result: result.clone(), view: None })
    }
}
