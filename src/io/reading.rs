//! What every source can be told, whatever its format. A format lists in its row what of it means something there.

use super::cf::CfReading;
use super::dimensions::Dimensions;
use crate::cube::Crs;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::crs;
use crate::plan::{Payload, Signer};
use crate::signature::{Param, Shape};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) const CRS: Param = Param::named("crs", Shape::Crs, "Reference system, where none is declared.");
pub(super) const AT: Param = Param::named("at", Shape::Pair, "The coordinate of a further dimension: `at level 500`.");
pub(super) const SPREAD: Param = Param::named(
    "spread",
    Shape::Names,
    "Further dimensions along which each coordinate becomes a band: `spread number` gives `t_0`, `t_1` ..",
);
pub(super) const ON_ERROR: Param = Param::named(
    "on_error",
    Shape::Choice(&["stop", "skip"]),
    "`skip` leaves what cannot be read missing and lists it.",
);
pub(super) const SIGN: Param = Param::named(
    "sign",
    Shape::Choice(Signer::WORDS),
    "Who signs requests to servers; tokens and keys come from the environment, never from here.",
);

/// The fields of [`Reading`], as they are called among the options of a format.
const NAMES: [&str; 7] = ["path", "base", "crs", "at", "spread", "on_error", "sign"];

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reading {
    /// Files, folders, patterns or addresses.
    #[serde(deserialize_with = "one_or_more")]
    pub path: Vec<String>,
    /// The folder relative paths start from, unless it is the current one.
    pub base: Option<PathBuf>,
    pub crs: Option<String>,
    /// Values along further dimensions, as they were written.
    pub at: BTreeMap<String, String>,
    /// Dimensions whose coordinates are bands.
    #[serde(deserialize_with = "one_or_more")]
    pub spread: Vec<String>,
    pub on_error: OnError,
    pub sign: Signer,
}

/// What to do with an input that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnError {
    #[default]
    Stop,
    /// Its pixels are missing, and the run tells of it.
    Skip,
}

impl Reading {
    /// Whether inputs that fail are passed over.
    pub(crate) fn skip(&self) -> bool {
        self.on_error == OnError::Skip
    }

    /// # Errors
    /// `E0212` for a system that PROJ does not know.
    pub(crate) fn crs(&self) -> Result<Option<Crs>> {
        self.crs.as_deref().map(crs::parse).transpose().map_err(|d| d.about("crs"))
    }

    /// The choice along further dimensions.
    ///
    /// # Errors
    /// `E0106` for a dimension of which one coordinate is chosen and all are spread.
    pub(crate) fn dimensions(&self) -> Result<Dimensions> {
        match self.spread.iter().find(|dim| self.at.contains_key(*dim)) {
            None => Ok(Dimensions { at: self.at.clone(), spread: self.spread.clone() }),
            Some(dim) => Err(Diagnostic::new(
                codes::UNFIT_ARGUMENTS,
                format!("`at` chooses one coordinate of `{dim}`, and `spread` makes a band of each"),
            )
            .about("spread")
            .help("leave one of the two out")),
        }
    }

    /// The path of a format that reads one.
    ///
    /// # Errors
    /// `E0104` where there is none; `example` says what one looks like.
    pub(crate) fn one_path(&self, format: &str, example: &str) -> Result<&str> {
        self.path.first().map(String::as_str).ok_or_else(|| {
            Diagnostic::new(codes::MISSING_ARGUMENT, format!("`load {format}` needs a path"))
                .help(format!("write `load {format} \"{example}\"`"))
        })
    }

    pub(crate) fn base(&self) -> PathBuf {
        let base = self.base.clone().unwrap_or_default();
        std::path::absolute(&base).or_else(|_| std::env::current_dir()).unwrap_or(base)
    }

    /// What was loaded, for people.
    pub(crate) fn title(&self) -> String {
        match self.path.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            many => format!("{} and {} more", many[0], many.len() - 1),
        }
    }
}

/// The options of a format, as a struct of its own with a field `reading`.
///
/// # Errors
/// `E0105` for an option that the struct does not have or that is of another type.
pub(super) fn read<T: DeserializeOwned>(options: &Payload) -> Result<T> {
    settle(&options.nest("reading", &NAMES))
}

/// The same of a format of the CF conventions, with a field `cf` too.
///
/// # Errors
/// As [`read`].
pub(super) fn read_cf<T: DeserializeOwned>(options: &Payload) -> Result<T> {
    settle(&options.nest("reading", &NAMES).nest("cf", &CfReading::NAMES))
}

/// The folder that relative paths among the options of a source start from.
pub(super) fn base(options: &Payload) -> PathBuf {
    #[derive(Default, Deserialize)]
    struct Base {
        #[serde(default)]
        base: Option<PathBuf>,
    }
    options.read::<Base>().unwrap_or_default().base.unwrap_or_default()
}

/// The paths and addresses among the options of a source.
pub(super) fn addresses(options: &Payload) -> Vec<String> {
    #[derive(Default, Deserialize)]
    struct Addresses {
        #[serde(default, deserialize_with = "one_or_more")]
        path: Vec<String>,
    }
    options.read::<Addresses>().unwrap_or_default().path
}

fn settle<T: DeserializeOwned>(options: &Payload) -> Result<T> {
    options.read().map_err(|e| Diagnostic::new(codes::WRONG_TYPE, "an option of `load` that cannot be used").cause(e))
}

pub(super) fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Path {
        One(String),
        More(Vec<String>),
    }
    Ok(match Path::deserialize(from)? {
        Path::One(path) => vec![path],
        Path::More(paths) => paths,
    })
}
