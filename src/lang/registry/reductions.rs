//! Reducers with their options, which `reduce`, `groupby` and `resample` share.

use super::{Call, Param, Shape};
use crate::cube::time::{Whole, lengths};
use crate::cube::{Schema, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::lang::value::Value;
use crate::plan::{self, MinCount, ReduceOptions, Reducer};

pub struct Reduction {
    pub reducers: Vec<Reducer>,
    pub options: ReduceOptions,
    /// Whether groups whose period is not covered are dropped.
    pub complete: bool,
    /// Whether each step is weighted by the days it stands for.
    pub weights_days: bool,
}

impl Reduction {
    pub const REDUCERS: Param =
        Param::required("reducers", Shape::Reducers, "`mean`, `p90`, `quantile 0.9`, or several: `[mean std count]`.");
    pub const MIN_COUNT: Param = Param::named(
        "min_count",
        Shape::MinCount,
        "Valid values a result needs, or their share: `20`, `80%`; 1 unless given.",
    );
    pub const KEEPNA: Param = Param::flag("keepna", "One missing value makes the result missing.");
    pub const WEIGHTS: Param =
        Param::named("weights", Shape::Choice(&["days"]), "Each step counts as many days as it stands for.");

    /// The reduction of the pixels of a step, a zone or a class, where not all reducers are allowed. `weighted` if
    /// pixels count by their covered share or by their area.
    pub fn over_space(&self, call: &Call, reducers: &str, weighted: bool) -> Result<plan::Reduction> {
        for reducer in &self.reducers {
            let name = reducer.name();
            if reducer.is_tallied(weighted) {
                continue;
            }
            let (why, instead) = match reducer.is_tallied(false) {
                true => ("where pixels count in part", "the pixels are all there are, not a sample:".to_string()),
                false => ("over space", format!("reduce the steps first: `{name}`, or")),
            };
            let words: Vec<&str> = Reducer::words().filter(|r| r.is_tallied(weighted)).map(|r| r.name).collect();
            let help = format!("{instead} take one of `{} p90`", words.join(" "));
            let message = format!("`{name}` has no meaning {why}");
            let by_area = weighted && reducer.is_tallied(false) && call.takes("weights");
            let unweighted = format!("or let each pixel count the same: `reduce {name} over space weights none`");
            return Err(call
                .error(reducers, codes::UNKNOWN_CHOICE, message, "not here")
                .help(help)
                .help_if(by_area.then_some(unweighted)));
        }
        if self.weights_days {
            return Err(call.error("weights", codes::UNFIT_ARGUMENTS, "pixels have no days to weigh by", "over space"));
        }
        Ok(plan::Reduction { reducers: self.reducers.clone(), options: self.options.clone() })
    }

    /// The options with the weights of these steps filled in.
    pub fn options_for(&self, schema: &Schema) -> Result<ReduceOptions> {
        let mut options = self.options.clone();
        if self.weights_days {
            options.weights = Some(day_weights(&schema.time)?);
        }
        Ok(options)
    }
}

impl Call<'_> {
    /// Reducers and their options (`min_count keepna complete weights`).
    pub fn reduction(&self, name: &str) -> Result<Reduction> {
        let mut reducers: Vec<Reducer> = Vec::new();
        let words = self.names(name);
        let mut at = 0;
        while at < words.len() {
            let (word, span) = &words[at];
            let reducer = if word == "quantile" {
                at += 1;
                let q =
                    words.get(at).and_then(|(text, _)| text.parse::<f64>().ok()).filter(|q| (0.0..=1.0).contains(q));
                let wrong = || {
                    Diagnostic::new(codes::OUT_OF_RANGE, "`quantile` takes a share between 0 and 1")
                        .label(*span, "no share follows")
                        .help("for example `quantile 0.9`, which is also `p90`")
                };
                Reducer::quantile(q.ok_or_else(wrong)?)
            } else {
                Reducer::from_word(word).ok_or_else(|| {
                    let known = || Reducer::words().map(|reducer| reducer.name);
                    Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no reducer is named `{word}`"))
                        .label(*span, "not a reducer")
                        .help_if(match word.as_str() {
                            "avg" | "average" => Some("did you mean `mean`?".into()),
                            "counts" => {
                                Some("the stage `counts` counts the pixels of each value, also by zones".into())
                            }
                            _ => diagnostic::did_you_mean(word, known()),
                        })
                        .help(format!(
                            "reducers: {}, `p0` .. `p100`, `quantile 0.9`",
                            diagnostic::list_some(known(), 40)
                        ))
                })?
            };
            if reducers.contains(&reducer) {
                return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, format!("`{word}` stands here twice"))
                    .label(*span, "again"));
            }
            reducers.push(reducer);
            at += 1;
        }
        if reducers.is_empty() {
            return Err(Diagnostic::new(codes::MISSING_ARGUMENT, format!("`{}` needs a reducer", self.verb.name))
                .label(self.span, "no reducer")
                .help("for example `mean`, or several: `[mean std count]`"));
        }
        let weights_days = self.takes("weights") && self.text("weights").as_deref() == Some("days");
        if weights_days && !reducers.iter().all(|reducer| reducer.is_weighable()) {
            return Err(self
                .error("weights", codes::UNFIT_ARGUMENTS, "only a mean can be weighted", "with another reducer")
                .help("weigh the mean alone: `mean weights days`"));
        }
        Ok(Reduction { reducers, options: self.reduce_options()?, complete: self.has("complete"), weights_days })
    }

    /// The reducer `reducer`, with the options that are given, for a stage whose reducer was not.
    pub fn default_reduction(&self, reducer: Reducer) -> Result<plan::Reduction> {
        let options = self.reduce_options()?;
        Ok(plan::Reduction { reducers: vec![reducer], options })
    }

    /// `min_count` and `keepna`, as far as the verb has them.
    pub fn reduce_options(&self) -> Result<ReduceOptions> {
        let min_count = match self.takes("min_count").then(|| self.get("min_count")).flatten().map(|a| &a.value) {
            None => MinCount::default(),
            Some(Value::Quantity { value, unit, .. }) if unit == "%" => MinCount::Percent(*value),
            Some(Value::Number(n)) => MinCount::Steps(*n as u32),
            Some(_) => return Err(self.error("min_count", codes::WRONG_TYPE, "not a number of steps", "here")),
        };
        Ok(ReduceOptions { min_count, keepna: self.has("keepna"), weights: None, positions: None })
    }
}

/// The days each step stands for: its bounds, or what these are most of, else what steps of this cadence last.
fn day_weights(time: &TimeAxis) -> Result<Vec<f64>> {
    let Some((calendar, values)) = time.instants() else {
        return Err(Diagnostic::new(codes::NO_TIME, "`weights days` needs a cube with dates"));
    };
    const DAY: f64 = 86_400e6;
    if let Some(whole) = Whole::of(time) {
        return Ok(whole.lengths.into_iter().map(|micros| micros as f64 / DAY).collect());
    }
    if let TimeAxis::Instants { bounds: Some(bounds), .. } = time {
        return Ok(bounds.iter().map(|(a, b)| (b.0 - a.0) as f64 / DAY).collect());
    }
    Ok(lengths(*calendar, values).into_iter().map(|micros| micros as f64 / DAY).collect())
}
