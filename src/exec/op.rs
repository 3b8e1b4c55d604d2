//! Operators: the nodes of a plan with their sources open, and the questions that each of them answers.

use super::cx::TaskCx;
use crate::cube::{Chunk, Pixels, Region, Schema};
use crate::diagnostic::Result;
use crate::io::{Source, Tile};
use crate::plan::Plan;
use std::sync::Arc;

/// A node of the plan and its inputs.
pub(crate) struct Op {
    pub id: usize,
    pub plan: Arc<Plan>,
    pub inputs: Vec<Arc<Op>>,
    /// Whether more than one operator uses it; then it is computed once for each task.
    pub shared: bool,
    /// Whether tasks of different steps would do the same work, here or below. Then one task goes through all steps in
    /// order and carries over what later steps need.
    pub in_order: bool,
    /// Whether anything below it lies on a server.
    pub is_far: bool,
    operator: Box<dyn Operator>,
}

/// The behavior of a kind of node, each of which is a file of `nodes`. `op` is the operator that it belongs to.
///
/// `keep` are the bytes up to which the steps of a climatology are kept through a task ([`crate::exec::Job::keep`]).
pub(crate) trait Operator: Send + Sync {
    /// Computes the pixels of `region`, an array for each of `region.bands`, from those regions of the inputs it pulls.
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk>;

    /// The region of the input from which `region` is computed, or another of the same size, since it only serves to
    /// compute the sizes below.
    fn below(&self, _: &Op, region: &Region) -> Region {
        region.clone()
    }

    /// Tells the inputs which regions of theirs `pull` will ask for, in about that order, so that what lies on servers is
    /// under way by then. It only saves time; the regions may be larger, or left out.
    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        op.input().announce(&self.below(op, region), cx);
    }

    /// The most bytes held at once while `region` is computed, its result included.
    ///
    /// It counts pixels: results, states of reductions, series and the current step; what decoders hold beside them is
    /// said by [`Source::decoder_bytes`].
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64;

    /// The bytes of pixels the sources hand out while `region` is computed.
    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.input().bytes_read(&self.below(op, region), keep)
    }

    /// Steps, rows and columns that are best pulled together.
    fn grain(&self, op: &Op) -> Tile {
        op.input().grain()
    }

    /// Where the blocks of the source begin, in rows and columns of this operator.
    fn origin(&self, op: &Op) -> (usize, usize) {
        op.input().origin()
    }

    /// Whether a step of the result needs the states of earlier steps, or a reduction over all steps.
    fn in_order(&self) -> bool {
        false
    }

    /// Whether a single task keeps several threads busy, each with some steps of what it is made of.
    fn is_shared_out(&self, op: &Op) -> bool {
        matches!(&op.inputs[..], [input] if input.is_shared_out())
    }

    /// The source, for a scan.
    fn source(&self) -> Option<&Arc<dyn Source>> {
        None
    }

    /// The part of the input that is computed once and held for all tasks, where this operator holds it.
    fn holds(&self) -> Option<&Region> {
        None
    }

    /// Computes something held that will be needed soon, for a task that would have to wait; whether there was any.
    fn help(&self, _: &Op, _: &TaskCx) -> Result<bool> {
        Ok(false)
    }
}

impl Op {
    pub(crate) fn new(
        id: usize,
        plan: &Arc<Plan>,
        inputs: Vec<Arc<Op>>,
        shared: bool,
        operator: Box<dyn Operator>,
    ) -> Op {
        // What is held is computed once, in whatever order tasks come.
        let in_order = operator.in_order() || operator.holds().is_none() && inputs.iter().any(|input| input.in_order);
        let is_far = operator.source().is_some_and(|source| source.is_far()) || inputs.iter().any(|input| input.is_far);
        Op { id, plan: plan.clone(), inputs, shared, in_order, is_far, operator }
    }

    /// The pixels of `region`, one array a band of `region.bands`.
    ///
    /// The result is the same for every plan, optimized or not; the optimizer only makes it cheaper.
    pub(crate) fn pull(&self, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        cx.run.read.go_on()?;
        match self.is_kept() {
            true => cx.once(self.id, region, || self.operator.pull(self, region, cx)),
            false => self.operator.pull(self, region, cx),
        }
    }

    /// See [`Source::decoder_bytes`]; a task reads one source after the other.
    pub(crate) fn decoder_bytes(&self) -> u64 {
        self.sources().iter().map(|source| source.decoder_bytes()).max().unwrap_or(0)
    }

    /// How many tasks run at a time on so many threads: one waits for a server while another computes.
    pub(crate) fn at_once(&self, threads: usize) -> usize {
        threads.max(1) * if self.is_far { 2 } else { 1 }
    }

    /// See [`Operator::announce`].
    pub(crate) fn announce(&self, region: &Region, cx: &TaskCx) {
        if self.is_far && !region.time.is_empty() && !region.bands.is_empty() {
            self.operator.announce(self, region, cx);
        }
    }

    /// See [`Operator::peak`].
    pub(crate) fn peak(&self, region: &Region, keep: u64) -> u64 {
        self.operator.peak(self, region, keep)
    }

    /// See [`Operator::bytes_read`].
    pub(crate) fn bytes_read(&self, region: &Region, keep: u64) -> u64 {
        if region.time.is_empty() { 0 } else { self.operator.bytes_read(self, region, keep) }
    }

    /// See [`Operator::grain`].
    pub(crate) fn grain(&self) -> Tile {
        self.operator.grain(self)
    }

    /// See [`Operator::origin`].
    pub(crate) fn origin(&self) -> (usize, usize) {
        self.operator.origin(self)
    }

    /// See [`Operator::is_shared_out`].
    pub(crate) fn is_shared_out(&self) -> bool {
        self.operator.is_shared_out(self)
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.plan.schema
    }

    /// See [`Operator::help`], here or below.
    pub(crate) fn help(&self, cx: &TaskCx) -> Result<bool> {
        if self.operator.help(self, cx)? {
            return Ok(true);
        }
        for input in &self.inputs {
            if input.help(cx)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn is_far(&self) -> bool {
        self.is_far
    }

    /// Whether its result is held for all tasks.
    pub(crate) fn is_held(&self) -> bool {
        self.operator.holds().is_some()
    }

    /// Bytes of all that is held for all tasks, here and below.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.held().into_iter().map(|(op, part)| op.schema().region_bytes(part)).sum()
    }

    /// Bytes of pixels that the sources hand out for what is held.
    pub(crate) fn bytes_read_once(&self, keep: u64) -> u64 {
        self.held().into_iter().map(|(op, part)| op.input().bytes_read(part, keep)).sum()
    }

    /// The operators that hold, here and below, each once, and what they hold.
    fn held(&self) -> Vec<(&Op, &Region)> {
        let below = self.inputs.iter().flat_map(|input| input.held());
        let mut all: Vec<(&Op, &Region)> = Vec::new();
        for (op, part) in below.chain(self.operator.holds().map(|part| (self, part))) {
            if !all.iter().any(|(known, _)| known.id == op.id) {
                all.push((op, part));
            }
        }
        all
    }

    pub(crate) fn input(&self) -> &Arc<Op> {
        &self.inputs[0]
    }

    /// Every source below it, each once.
    pub(crate) fn sources(&self) -> Vec<&Arc<dyn Source>> {
        let mut all: Vec<&Arc<dyn Source>> = Vec::new();
        for source in self.inputs.iter().flat_map(|input| input.sources()).chain(self.operator.source()) {
            if !all.iter().any(|known| Arc::ptr_eq(known, source)) {
                all.push(source);
            }
        }
        all
    }

    /// Bytes of the result of `region`, and of the chunk that is kept for other operators that pull the same region.
    ///
    /// A shared chunk is kept until the end of its part of the task; where a reduction uses it, that may be all steps.
    pub(crate) fn result_bytes(&self, region: &Region) -> u64 {
        let kept =
            if self.is_kept() { self.schema().region_bytes(&region.with_time(0..self.schema().time.len())) } else { 0 };
        self.schema().region_bytes(region) + kept
    }

    /// Whether chunks are kept for other operators that pull the same region. Those of sources are not, but are read
    /// again: a reduction pulls whole series, which would fill the memory.
    fn is_kept(&self) -> bool {
        self.shared && (self.operator.source().is_none() || self.schema().time.len() == 1)
    }

    /// An all-missing chunk of `region`.
    pub(crate) fn blank(&self, region: &Region) -> Chunk {
        let band = |&b: &usize| {
            let band = &self.schema().bands[b];
            let fill = band.nodata.unwrap_or(if band.dtype.is_float() { f64::NAN } else { 0.0 });
            Pixels::filled(band.dtype, region.pixels(), fill)
        };
        Chunk { shape: region.shape(), bands: region.bands.iter().map(band).collect() }
    }
}
