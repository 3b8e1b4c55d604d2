//! `Scan`: the pixels of a source.

use super::prelude::*;
use crate::io::Source;
use std::sync::Arc;

pub(super) struct Scan {
    pub source: Arc<dyn Source>,
}

impl Operator for Scan {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let read = match self.source.is_far() {
            true => cx.ahead(op.id).read(&*self.source, region, &cx.run.read),
            false => self.source.read(region, &cx.run.read),
        };
        read.map_err(|d| d.or_at(op.plan.span, "read here"))
    }

    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        cx.ahead(op.id).add(&*self.source, region);
    }

    fn peak(&self, op: &Op, region: &Region, _: u64) -> u64 {
        op.result_bytes(region)
    }

    fn bytes_read(&self, op: &Op, region: &Region, _: u64) -> u64 {
        op.schema().region_bytes(region)
    }

    fn grain(&self, _: &Op) -> Tile {
        self.source.natural_tile()
    }

    fn origin(&self, _: &Op) -> (usize, usize) {
        self.source.origin()
    }

    fn source(&self) -> Option<&Arc<dyn Source>> {
        Some(&self.source)
    }
}
