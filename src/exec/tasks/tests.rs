//! Tests that a job travels: read back from JSON, it computes the same.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::{Schema, TimeAxis};
use crate::diagnostic::Span;
use crate::exec::local::run;
use crate::exec::{Opener, RunCx, Runner, Silent, collect};
use crate::io::{Source, discover, open};
use crate::plan::{Payload, ReduceOptions, Reducer, SourceSpec};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// An opener without open sources, as on another machine.
struct Elsewhere;

impl Opener for Elsewhere {
    fn open(&self, spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
        open(spec, schema)
    }
}

/// Every step of a made-up cube beside the mean of all.
fn anomaly() -> Result<Arc<Plan>> {
    let (steps, span) = (24, Span::default());
    let options = Payload::of(&serde_json::json!({ "steps": steps, "size": 20 }));
    let ramp = discover("ramp", &options, &AtomicBool::new(false))?;
    let cube = Plan::scan(ramp.spec(), (**ramp.schema()).clone(), span);
    let (mean, group) = (Reducer::from(&crate::reducers::mean::REDUCER), vec![Some(0); steps]);
    let mean = Plan::reduce_time(&cube, TimeAxis::Positions(1), group, vec![mean], ReduceOptions::default(), span)?;
    Plan::join(&cube, &mean, vec![Some(0); steps], vec!["now".into(), "mean".into()], span)
}

#[test]
fn a_job_travels() {
    let limits = Limits { threads: 2, memory: 1 << 20, ..Limits::default() };
    let op = Op::prepare(&anomaly().unwrap(), &Elsewhere, &limits).unwrap();
    let (whole, _) = collect(
        &op,
        &RunCx::new(Arc::default()),
        &Runner { limits: &limits, observer: &Silent, executor: None, options: &BTreeMap::new() },
    )
    .unwrap();
    // This is too little memory for all rows and columns at once, and for means that are held.
    let limits = Limits { memory: 1 << 16, ..limits };
    let op = Op::prepare(&anomaly().unwrap(), &Elsewhere, &Limits { memory: 0, ..limits.clone() }).unwrap();
    let job = Job::new(&op, Some(Tile { time: 4, y: 8, x: 8 }), &limits).unwrap();
    assert!(job.tasks.len() > 1 && job.stride < 24, "{} tasks of {} steps", job.tasks.len(), job.stride);

    let read: Job = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
    assert_eq!(read, job);
    let there = Op::prepare(&read.plan, &Elsewhere, &Limits { memory: 0, ..limits.clone() }).unwrap();
    let found = Mutex::new(there.blank(&there.schema().all()));
    let take = |region: &Region, chunk: crate::cube::Chunk| {
        found.lock().unwrap().paste(&chunk, [region.time.start, region.y.start, region.x.start]);
        Ok(())
    };
    run(&there, &read, &take, &limits, &RunCx::new(Arc::default()), &Silent).unwrap();
    assert_eq!(found.into_inner().unwrap(), whole);
}
