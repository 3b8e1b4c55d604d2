//! Pixels of a plan for programs: steps, ranges of steps, and steps that are replaced.

use super::Session;
use crate::cube::Schema;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::values;
use crate::plan::{Plan, Selection};
use ndarray::{Array3, Array4, ArrayView3, Axis};
use std::ops::Range;
use std::sync::Arc;

impl Session {
    /// One step of a cube as `(band, y, x)`, missing pixels as NaN; only what it takes is computed.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4 | groupby season mean").expect("the program is right");
    /// let spring = session.step(&plan, 1).expect("there are four");
    /// assert_eq!((spring.shape(), spring[[0, 0, 0]]), (&[1, 4, 4][..], 900.0));
    /// ```
    ///
    /// # Errors
    /// `E0205` if there is no such step; else as a run.
    pub fn step(&self, plan: &Arc<Plan>, step: usize) -> Result<Array3<f64>> {
        Ok(self.slice(plan, step..step + 1)?.index_axis_move(Axis(0), 0))
    }

    /// Some steps of a cube as `(time, band, y, x)`, missing pixels as NaN; only what they take is computed.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4").expect("the program is right");
    /// let three = session.slice(&plan, 21..24).expect("there are 24");
    /// assert_eq!(three.shape(), [3, 1, 4, 4]);
    /// assert!(session.slice(&plan, 21..25).is_err());
    /// ```
    ///
    /// # Errors
    /// `E0205` if a step is not there; else as a run.
    pub fn slice(&self, plan: &Arc<Plan>, steps: Range<usize>) -> Result<Array4<f64>> {
        let schema = plan.schema();
        if steps.end > schema.time.len() {
            return Err(no_step(schema, steps.end - 1));
        }
        let some = Plan::select(plan, Selection { steps: steps.collect(), ..Selection::all(schema) }, plan.span)?;
        Ok(self.collect(&some)?.to_array(&some.schema().nodata()))
    }

    /// The cube with other pixels in one step: `values` are `(band, y, x)`, missing ones NaN. Nothing is computed yet, and
    /// the step that is replaced never is.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4").expect("the program is right");
    /// let doubled = session.step(&plan, 3).expect("there are 24") * 2.0;
    /// let changed = session.set_step(&plan, 3, doubled.view()).expect("it is of the shape of a step");
    /// assert_eq!(session.step(&changed, 3).expect("there are 24"), doubled);
    /// assert_eq!(session.step(&changed, 4), session.step(&plan, 4));
    /// ```
    ///
    /// # Errors
    /// `E0205` if there is no such step, `E0207` for another shape, `E0404` for a number that the band's type does not have.
    pub fn set_step(&self, plan: &Arc<Plan>, step: usize, values: ArrayView3<f64>) -> Result<Arc<Plan>> {
        let schema = plan.schema();
        if step >= schema.time.len() {
            return Err(no_step(schema, step));
        }
        let shape = [schema.bands.len(), schema.grid.height, schema.grid.width];
        if values.shape() != shape {
            let message = format!("the values are {:?}, a step of the cube is {shape:?}", values.shape());
            return Err(Diagnostic::new(codes::GRIDS_DIFFER, message).help("give (band, y, x)"));
        }
        let properties = schema.properties.iter().map(|(key, of)| (key.clone(), vec![of[step].clone()])).collect();
        let mut one = Schema::new(schema.time.select(&[step]), schema.bands.clone(), schema.grid.clone());
        one.properties = properties;
        let bands: Vec<Vec<f64>> = values.outer_iter().map(|band| band.iter().copied().collect()).collect();
        let scan = Plan::scan(values::spec(&one, &bands)?, one, plan.span);
        let steps = (0..schema.time.len()).map(|s| if s == step { (1, 0) } else { (0, s) }).collect();
        Plan::concat(vec![plan.clone(), scan], schema.time.clone(), steps, plan.span)
    }
}

fn no_step(schema: &Schema, step: usize) -> Box<Diagnostic> {
    Diagnostic::new(codes::STEP_OUTSIDE, format!("there is no step {step}"))
        .help(format!("the cube has {}", schema.time.span_text()))
}
