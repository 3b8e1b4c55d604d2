//! Reducers in plans, which are written out as the words of the language.

use super::definition::{Definition, ReducerSyntax, Statistic};
use crate::cube::geobox::trim;
use crate::cube::time::cf::is_time_unit;
use crate::cube::{Band, TimeAxis};
use crate::reducers::{REDUCERS, quantile};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::ops::Deref;

/// A reducer in a plan: its definition and, for quantiles, the share asked for. It travels as its words.
#[derive(Clone, Copy)]
pub struct Reducer {
    definition: &'static Definition,
    share: f64,
}

impl Reducer {
    /// # Panics
    /// If the share is not within 0..=1.
    pub fn quantile(share: f64) -> Reducer {
        assert!((0.0..=1.0).contains(&share), "a share of {share}");
        Reducer { definition: &quantile::REDUCER, share }
    }

    /// The reducers that are a word of the language; quantiles beside them are `p0`..`p100` and `quantile 0.9`.
    pub fn words() -> impl Iterator<Item = &'static Definition> + Clone {
        REDUCERS.iter().copied().filter(|definition| definition.written == ReducerSyntax::Word)
    }

    /// The reducer that a word of the language names.
    pub fn from_word(word: &str) -> Option<Reducer> {
        if let Some(definition) = Reducer::words().find(|definition| definition.name == word) {
            return Some(definition.into());
        }
        let percent: f64 = word.strip_prefix('p')?.parse().ok()?;
        (0.0..=100.0).contains(&percent).then(|| Reducer::quantile(percent / 100.0))
    }

    /// Its name in the names of bands and columns.
    pub fn name(self) -> String {
        match self.written {
            ReducerSyntax::Word | ReducerSyntax::ByStage => self.definition.name.to_string(),
            ReducerSyntax::Share => format!("p{}", trim(self.share * 100.0)),
        }
    }

    /// The share of a quantile, within 0..=1.
    pub fn share(self) -> f64 {
        self.share
    }

    /// The statistics that several reducers need, each of them once.
    pub fn needs_of(reducers: &[Reducer]) -> Vec<Statistic> {
        let mut needs = Vec::new();
        for need in reducers.iter().flat_map(|reducer| reducer.needs()) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        needs
    }

    /// The band of results for an input band; `time` is the axis that is reduced.
    pub fn band(self, input: &Band, name: String, time: &TimeAxis) -> Band {
        let dtype = self.result.dtype(input.dtype);
        let nodata = self.result.nodata(input);
        let unit = self.unit.of(input.unit.clone(), time.calendar().is_some());
        let short = input.short && dtype == input.dtype;
        // Dates of the steps are of their calendar, those of the input of its own.
        let own = || if unit == input.unit { input.calendar } else { None };
        let calendar = unit.as_deref().filter(|unit| is_time_unit(unit)).and_then(|_| own().or(time.calendar()));
        let long_name = match self.called {
            Some(called) => Some(format!("{called} of {}", input.title())),
            None => input.long_name.clone(),
        };
        Band { unit, short, calendar, long_name, ..Band::new(name, dtype, nodata) }
    }
}

impl Deref for Reducer {
    type Target = Definition;

    fn deref(&self) -> &Definition {
        self.definition
    }
}

impl From<&'static Definition> for Reducer {
    fn from(definition: &'static Definition) -> Reducer {
        Reducer { definition, share: definition.share }
    }
}

impl PartialEq for Reducer {
    fn eq(&self, other: &Reducer) -> bool {
        self.definition.name == other.definition.name && self.share == other.share
    }
}

impl fmt::Debug for Reducer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for Reducer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.written {
            ReducerSyntax::Word | ReducerSyntax::ByStage => to.serialize_str(self.definition.name),
            // A percentage would round the share.
            ReducerSyntax::Share => to.collect_str(&format_args!("{} {}", self.definition.name, self.share)),
        }
    }
}

impl<'de> Deserialize<'de> for Reducer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Reducer, D::Error> {
        let text = String::deserialize(from)?;
        let (name, share) = text.split_once(' ').map_or((text.as_str(), None), |(name, share)| (name, Some(share)));
        let known = REDUCERS.iter().copied().find(|definition| definition.name == name);
        let read = |definition: &'static Definition| match share {
            None => Some(Reducer::from(definition)),
            Some(share) => Some(Reducer { definition, share: share.parse().ok().filter(|s| (0.0..=1.0).contains(s))? }),
        };
        known.and_then(read).ok_or_else(|| D::Error::custom(format!("no reducer is called `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reducers::Finish;

    #[test]
    fn definitions_hold_together() {
        for (i, definition) in REDUCERS.iter().enumerate() {
            let name = definition.name;
            assert!(REDUCERS[..i].iter().all(|other| other.name != name), "`{name}` twice");
            let series = definition.needs().iter().any(|need| need.takes_series());
            assert_eq!(definition.holds_series(), series, "`{name}`: floats are made of running states");
            assert!(!matches!(definition.finish, Finish::Statistic(Statistic::Values)), "`{name}` is no number");
        }
    }

    #[test]
    fn words_travel() {
        let quantile = Reducer::quantile(1.0 / 3.0);
        for reducer in REDUCERS.iter().map(|d| Reducer::from(*d)).chain([quantile]) {
            let text = serde_json::to_string(&reducer).expect("it is a text");
            assert_eq!(serde_json::from_str::<Reducer>(&text).expect("it was written"), reducer, "{text}");
        }
        assert!(serde_json::from_str::<Reducer>("\"quantile 2\"").is_err());
        assert_eq!(Reducer::from_word("p90"), Some(Reducer::quantile(0.9)));
        assert_eq!((Reducer::from_word("p101"), Reducer::from_word("quantile")), (None, None));
    }
}
