//! Pixels of a plan for programs: steps and ranges of steps out of it, arrays into it, and names for what a program made.

use super::Session;
use crate::cube::Schema;
use crate::diagnostic::{Diagnostic, Result, Span, Spanned, codes};
use crate::io::values;
use crate::lang::{self, ast};
use crate::plan::{AnyPlan, Plan, Selection};
use ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis};
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
        let values = values.insert_axis(Axis(0));
        let properties = schema.properties.iter().map(|(key, of)| (key.clone(), vec![of[step].clone()])).collect();
        let mut one = Schema::new(schema.time.select(&[step]), schema.bands.clone(), schema.grid.clone());
        one.properties = properties;
        let scan = scan(one, values, plan.span)?;
        let steps = (0..schema.time.len()).map(|s| if s == step { (1, 0) } else { (0, s) }).collect();
        Plan::concat(vec![plan.clone(), scan], schema.time.clone(), steps, plan.span)
    }

    /// A cube of pixels that the program has: `values` are `(time, band, y, x)`, missing ones NaN, and `schema` says what they
    /// are. The plan carries them, so it travels with them.
    ///
    /// ```
    /// # use rastra::{Band, DType, GeoBox, Schema, Session, TimeAxis};
    /// # use ndarray::Array4;
    /// let grid = GeoBox::new(None, [0.0, 10.0, 0.0, 40.0, 0.0, -10.0], 3, 4);
    /// let rain = Band::new("rain", DType::F32, None);
    /// let values = Array4::from_shape_fn((2, 1, 4, 3), |(t, _, y, x)| (12 * t + 3 * y + x) as f64);
    /// let mut session = Session::new();
    /// let cube = session.cube(Schema::new(TimeAxis::Positions(2), vec![rain], grid), values.view()).expect("they fit");
    /// session.name("rain", cube).expect("it is a name");
    ///
    /// let sum = session.plan("$rain | map rain * 2 | sum").expect("the program is right");
    /// assert_eq!(session.step(&sum, 0).expect("there is one")[[0, 3, 2]], 2.0 * (11.0 + 23.0));
    /// ```
    ///
    /// # Errors
    /// `E0207` for values of another shape than the schema's, `E0404` for a number that the band's type does not have.
    pub fn cube(&self, schema: Schema, values: ArrayView4<f64>) -> Result<Arc<Plan>> {
        scan(schema, values, Span::default())
    }

    /// The cube with other pixels throughout: `values` are `(time, band, y, x)`, missing ones NaN. What the cube was made of
    /// is never computed.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 3 4 | map v / 2").expect("the program is right");
    /// let halved = session.slice(&plan, 0..3).expect("there are three") / 2.0;
    /// let changed = session.set_values(&plan, halved.view()).expect("they are of its shape");
    /// assert_eq!(session.slice(&changed, 0..3).expect("there are three"), halved);
    /// assert_eq!(changed.schema(), plan.schema());
    /// assert!(session.set_values(&plan, halved.view().permuted_axes([1, 0, 2, 3])).is_err());
    /// ```
    ///
    /// # Errors
    /// `E0207` for another shape, `E0404` for a number that the band's type does not have.
    pub fn set_values(&self, plan: &Arc<Plan>, values: ArrayView4<f64>) -> Result<Arc<Plan>> {
        scan(plan.schema().clone(), values, plan.span)
    }

    /// Names a cube, a table or a picture: programs that run from now on know it as `$name`. A variable of that name is
    /// replaced.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4").expect("the program is right");
    /// session.name("rain", plan).expect("it is a name");
    /// assert_eq!(session.plan("$rain | head 3").expect("it is known").schema().time.len(), 3);
    /// let again = session.plan("$rain").expect("it is known");
    /// assert!(session.name("no name", again).is_err());
    /// ```
    ///
    /// # Errors
    /// `E0001` for what cannot be the name of a variable.
    pub fn name(&mut self, name: &str, result: impl Into<AnyPlan>) -> Result<()> {
        let program = lang::parse(&format!("let {name} = 0"), u32::MAX).map(|program| program.statements);
        let is_name = program.is_ok_and(|all| {
            matches!(&all[..], [ast::Statement { kind: ast::StatementKind::Let { name: own, .. }, .. }] if own.value == name)
        });
        if !is_name {
            return Err(Diagnostic::new(codes::SYNTAX, format!("`{name}` cannot be the name of a variable")).help(
                "names are letters, digits and underscores, the first no digit, and no word of the language's own",
            ));
        }
        let value = result.into().into();
        self.scope.bind(&Spanned { value: name.to_string(), span: Span::default() }, value);
        Ok(())
    }

    /// Forgets a name, if it is known; what refers to it goes on.
    ///
    /// ```
    /// # use rastra::Session;
    /// let mut session = Session::new();
    /// let plan = session.plan("ramp 24 4").expect("the program is right");
    /// session.name("rain", plan).expect("it is a name");
    /// let mean = session.plan("$rain | mean").expect("it is known");
    /// session.forget("rain");
    /// assert!(session.plan("$rain").is_err() && session.collect(&mean).is_ok());
    /// ```
    pub fn forget(&mut self, name: &str) {
        self.scope.variables.remove(name);
    }
}

/// A cube of values `(time, band, y, x)`.
fn scan(schema: Schema, values: ArrayView4<f64>, span: Span) -> Result<Arc<Plan>> {
    let shape = [schema.time.len(), schema.bands.len(), schema.grid.height, schema.grid.width];
    if values.shape() != shape {
        let message = format!("the values are {:?}, the cube is {shape:?}", values.shape());
        return Err(Diagnostic::new(codes::GRIDS_DIFFER, message).help("give (time, band, y, x)"));
    }
    if let Some((name, of)) = schema.properties.iter().find(|(_, of)| of.len() != shape[0]) {
        let message = format!("property `{name}` has {} values, and the cube {} steps", of.len(), shape[0]);
        return Err(Diagnostic::new(codes::GRIDS_DIFFER, message).help("give a property one value a step"));
    }
    let bands: Vec<Vec<f64>> = values.axis_iter(Axis(1)).map(|band| band.iter().copied().collect()).collect();
    Ok(Plan::scan(values::spec(&schema, &bands)?, schema, span))
}

fn no_step(schema: &Schema, step: usize) -> Box<Diagnostic> {
    Diagnostic::new(codes::STEP_OUTSIDE, format!("there is no step {step}"))
        .help(format!("the cube has {}", schema.time.span_text()))
}
