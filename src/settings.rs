//! What a run may use and how it is told of, and `set`: memory, threads, progress, options of GDAL.

use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::exec::Limits;
use crate::lang::ast::Name;
use crate::lang::registry::{Arg, Value};
use std::collections::BTreeMap;

/// What a program may be run with beside its text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub limits: Limits,
    /// Values of `param`s, by name, as text.
    pub params: BTreeMap<String, String>,
    /// Check and plan, but compute nothing.
    pub dry_run: bool,
    /// Print plans instead of, or before, running them.
    pub explain: bool,
    /// Unreadable inputs are left missing and listed, unless a load says otherwise.
    pub skip_errors: bool,
    pub progress: Telling,
    /// Cards of cubes have a small picture, for which pixels are read.
    pub thumbnails: bool,
}

/// How a run tells how far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// As suits whoever watches: a bar on a terminal.
    #[default]
    Auto,
    /// Lines of JSON.
    Json,
    Off,
}

impl Telling {
    pub const ALL: [(&str, Telling); 3] = [("auto", Telling::Auto), ("json", Telling::Json), ("off", Telling::Off)];

    pub fn name(self) -> &'static str {
        Telling::ALL.iter().find(|(_, t)| *t == self).map_or("auto", |(name, _)| name)
    }
}

pub const SETTINGS: [(&str, &str); 6] = [
    ("memory", "bytes the run may hold: `set memory 4GiB`; half of the machine's unless set"),
    ("threads", "threads that compute: `set threads 4`; all unless set"),
    ("progress", "how a run tells how far it is: `auto` (a bar on a terminal), `json` or `off`"),
    ("on_error", "what loads do with unreadable inputs unless told: `stop` or `skip`"),
    ("thumbnails", "whether a notebook shows a small picture of a cube, for which pixels are read: `on` or `off`"),
    ("gdal", "an option of GDAL: `set gdal GDAL_HTTP_TIMEOUT 30`"),
];

pub fn set(options: &mut Options, key: &Name, args: &[Arg]) -> Result<()> {
    let wrong = |what: &str, example: &str| {
        let place = args.first().map_or(key.span, |a| a.span);
        Diagnostic::new(codes::WRONG_TYPE, format!("`set {}` takes {what}", key.value))
            .label(place, "not that")
            .help(format!("for example `{example}`"))
    };
    match key.value.as_str() {
        "memory" => match args {
            [Arg { value: Value::Quantity { text, .. }, .. }] => {
                options.limits.memory =
                    parse_bytes(text).ok_or_else(|| wrong("an amount of memory", "set memory 4GiB"))?;
            }
            _ => return Err(wrong("an amount of memory", "set memory 4GiB")),
        },
        "threads" => match args {
            [Arg { value: Value::Number(n), .. }] if *n >= 1.0 && n.fract() == 0.0 && *n <= 4096.0 => {
                options.limits.threads = *n as usize;
            }
            _ => return Err(wrong("a whole number from 1", "set threads 4")),
        },
        "progress" => {
            let word = args.first().and_then(|a| a.value.as_text()).filter(|_| args.len() == 1).unwrap_or_default();
            let found = Telling::ALL.iter().find(|(name, _)| *name == word);
            options.progress = found.ok_or_else(|| wrong("`auto`, `json` or `off`", "set progress off"))?.1;
        }
        "on_error" => match args.first().and_then(|a| a.value.as_text()).as_deref() {
            Some("skip") => options.skip_errors = true,
            Some("stop") => options.skip_errors = false,
            _ => return Err(wrong("`stop` or `skip`", "set on_error skip")),
        },
        "thumbnails" => match args.first().and_then(|a| a.value.as_text()).as_deref() {
            Some("on") => options.thumbnails = true,
            Some("off") => options.thumbnails = false,
            _ => return Err(wrong("`on` or `off`", "set thumbnails on")),
        },
        "gdal" => match args {
            [name, value] => {
                let (Some(name), Some(value)) = (name.value.as_text(), value.value.as_text()) else {
                    return Err(wrong("a name and a value", "set gdal GDAL_HTTP_TIMEOUT 30"));
                };
                crate::gdal::settings::set(&name, &value)?;
            }
            _ => return Err(wrong("a name and a value", "set gdal GDAL_HTTP_TIMEOUT 30")),
        },
        other => {
            let known = || SETTINGS.iter().map(|(n, _)| *n);
            return Err(Diagnostic::new(codes::UNKNOWN_SETTING, format!("no setting is named `{other}`"))
                .label(key.span, "not a setting")
                .help_if(diagnostic::did_you_mean(other, known()))
                .help(format!("settings: {}", diagnostic::list_some(known(), 9))));
        }
    }
    Ok(())
}

/// `4GiB`, `500MB`.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let value: f64 = number.trim().parse().ok()?;
    let factor: f64 = match unit.trim() {
        "" | "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1048576.0,
        "GiB" => 1073741824.0,
        "TiB" => 1099511627776.0,
        _ => return None,
    };
    (value > 0.0).then_some((value * factor) as u64)
}
