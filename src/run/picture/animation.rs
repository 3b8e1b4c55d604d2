//! An animation: its frames are computed and encoded one after another.

use super::basemap::basemap;
use super::parts::{failed, look_at, planes, ranges, saved, tints, unseen, whole_grid};
use crate::diagnostic::Result;
use crate::exec::{Outcome, RunCx};
use crate::io;
use crate::plan::picture::{Maps, Timing};
use crate::plan::show::plural;
use crate::plan::{Picture, Plan, Selection};
use crate::run::pull::{Answer, With, collect, notes};
use crate::show::encode::{self, Animation, AnimationFormat, Frame};
use crate::show::plot::{Film, ValueSummary, film};
use crate::show::{Output, player};
use ndarray::Array4;
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;

/// An animation, of which no more frames are held than fit a quarter of the memory.
pub(super) struct AnimationJob<'a> {
    pub picture: &'a Picture,
    pub cube: &'a Arc<Plan>,
    pub maps: &'a Maps,
    pub timing: &'a Timing,
    pub with: &'a With<'a>,
}

/// What is known of an animation beside its bytes.
struct AnimationFacts {
    text: String,
    labels: Vec<String>,
    poster: Vec<u8>,
    /// What a page must know to say what lies under the pointer.
    pointed: Value,
    notes: Vec<String>,
    outcome: Outcome,
}

impl AnimationJob<'_> {
    pub(super) fn answer(&self) -> Result<Answer> {
        let Some(sink) = &self.picture.sink else {
            let mut apng = Vec::new();
            let told = self.write(&mut apng, AnimationFormat::Apng)?;
            let page = player::fragment(
                &apng,
                &told.labels,
                self.timing.fps,
                self.timing.repeat,
                told.text.lines().next().unwrap_or_default(),
                Some(&told.pointed),
            );
            // Pages that show no HTML have the first frame; the frames are stored once.
            let output = Output::text(told.text).with("image/png", told.poster).with("text/html", page);
            return Ok(Answer { output: Some(output), notes: told.notes, outcome: told.outcome, ..Answer::default() });
        };
        let failed = failed(Some(sink));
        let mut told = None;
        let written = io::picture::hold(sink)?.write(|to| {
            told = Some(match sink.format.as_str() {
                "html" => {
                    let mut apng = Vec::new();
                    let told = self.write(&mut apng, AnimationFormat::Apng)?;
                    let title = self.picture.look.title.clone().unwrap_or_else(|| "animation".into());
                    let alt = told.text.lines().next().unwrap_or_default().to_string();
                    let body = player::fragment(
                        &apng,
                        &told.labels,
                        self.timing.fps,
                        self.timing.repeat,
                        &alt,
                        Some(&told.pointed),
                    );
                    to.write_all(player::page(&title, &body).as_bytes()).map_err(&failed)?;
                    told
                }
                "gif" => self.write(to, AnimationFormat::Gif)?,
                _ => self.write(to, AnimationFormat::Apng)?,
            });
            Ok(())
        })?;
        // Whoever read it went away amid it.
        let Some(told) = told else { return Ok(Answer::default()) };
        let report = Some(saved(&written, &told.text));
        Ok(Answer { report, files: written.paths, notes: told.notes, outcome: told.outcome, ..Answer::default() })
    }

    /// Steps that are computed together.
    fn batches(&self) -> Vec<Vec<usize>> {
        let schema = &self.cube.schema;
        let step = (schema.grid.pixels() * schema.bands.len() * size_of::<f64>()) as u64 * 2;
        let fit = (self.with.limits.memory / 4 / step.max(1)).max(1) as usize;
        let all: Vec<usize> = (0..schema.time.len()).collect();
        all.chunks(fit).map(<[usize]>::to_vec).collect()
    }

    fn values(&self, steps: &[usize], outcome: &mut Option<Outcome>) -> Result<Array4<f64>> {
        let schema = &self.cube.schema;
        let keep = Selection { steps: steps.to_vec(), ..Selection::all(schema) };
        let plan = Plan::select(self.cube, keep, self.picture.span)?;
        let (chunk, own) = collect(&plan, self.with)?;
        match outcome {
            None => *outcome = Some(own),
            Some(sum) => {
                sum.bytes_read += own.bytes_read;
                sum.invalid += own.invalid;
                sum.skipped.extend(own.skipped.into_iter().filter(|s| !sum.skipped.contains(s)).collect::<Vec<_>>());
            }
        }
        Ok(chunk.to_array(&schema.nodata()))
    }

    fn write(&self, to: &mut dyn Write, format: AnimationFormat) -> Result<AnimationFacts> {
        let (schema, maps) = (&self.cube.schema, self.maps);
        let batches = self.batches();
        let mut outcome = None;
        let mut seen = vec![ValueSummary::default(); maps.bands(schema)];
        // One range of colors for all frames needs their values first. Frames that fit into memory are computed only
        // once.
        let mut first = None;
        for batch in &batches {
            let values = self.values(batch, &mut outcome)?;
            look_at(&values, &mut seen, &maps.colors.exclude);
            first = (batches.len() == 1).then_some(values);
        }
        let all = tints(maps, schema, &seen);
        let (basemap, told) = basemap(maps, whole_grid(self.picture, maps))?;
        let film = Film::new(schema, maps, &basemap, self.timing, &all[0], &self.picture.look);
        let (width, height) = film.size();
        let frames = schema.time.len();
        let timing = encode::Timing { frames: frames as u32, fps: self.timing.fps, repeat: self.timing.repeat };
        let failed = failed(self.picture.sink.as_ref());
        let mut encoder = Animation::new(format, to, (width, height), timing, film.palette()).map_err(&failed)?;
        let labels = film::labels(&schema.time, self.timing.label.as_deref());
        let mut poster = Vec::new();
        let cx = RunCx::new(self.with.cancel.clone());
        for batch in &batches {
            let values = match first.take() {
                Some(values) => values,
                None => self.values(batch, &mut None)?,
            };
            for (i, step) in batch.iter().enumerate() {
                cx.read.go_on()?;
                let all = planes(&values, i);
                let (shown, hatched) = all.split_at(maps.bands(schema));
                let rgba = film.frame(shown, hatched.first(), &labels[*step]);
                let frame = Frame { width, height, rgba: &rgba };
                if poster.is_empty() {
                    poster = encode::png(&frame, self.picture.look.dpi).map_err(&failed)?;
                }
                encoder.push(&frame).map_err(&failed)?;
            }
        }
        encoder.finish().map_err(&failed)?;
        let text = format!(
            "animation of {}, {width} x {height} pixels, {} a second\n{}",
            plural(frames, "frame"),
            self.timing.fps,
            ranges(maps, schema, &all, &seen)
        );
        let outcome = outcome.unwrap_or_default();
        let mut said = self.picture.notes.clone();
        said.extend(unseen(maps, schema, &seen));
        said.extend(told);
        said.extend(notes(self.cube, &outcome));
        Ok(AnimationFacts { text, labels, poster, pointed: film.pointed(), notes: said, outcome })
    }
}
