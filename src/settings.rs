//! What a run may use and how it is told of, and the rows of `set`: memory, threads, progress, options of GDAL.

use crate::cluster;
use crate::cube::geobox::trim;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::exec::Limits;
use crate::lang::ast::Name;
use crate::lang::value::{Arg, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The settings with which a program runs. They are a value, and take effect when a session takes them over.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Memory and threads of a run.
    pub limits: Limits,
    /// Values of `param`s, by name, as text.
    pub params: BTreeMap<String, String>,
    /// Check and plan, but compute nothing.
    pub dry_run: bool,
    /// Print plans instead of, or before, running them.
    pub explain: bool,
    /// Unreadable inputs are left missing and listed, unless a load says otherwise.
    pub skip_errors: bool,
    /// How a run tells how far it is.
    pub progress: ProgressMode,
    /// Whether cards of cubes have a small picture, for which pixels are read.
    pub thumbnails: Thumbnails,
    /// Options of GDAL that the program has set, by name.
    pub gdal: BTreeMap<String, String>,
    /// Who computes where this process does not: `dask`, or the address of a scheduler.
    pub executor: Option<String>,
}

/// Which cards of cubes have a small picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thumbnails {
    /// None.
    #[default]
    Off,
    /// Those for which little is read, and that of local files.
    Auto,
    /// All.
    On,
}

impl Thumbnails {
    const WORDS: [&str; 3] = ["off", "auto", "on"];

    fn word(self) -> &'static str {
        Thumbnails::WORDS[self as usize]
    }
}

/// How a run tells how far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// A bar if standard error is a terminal.
    #[default]
    Auto,
    /// Lines of JSON.
    Json,
    /// Not at all.
    Off,
}

impl ProgressMode {
    const ALL: [(&str, ProgressMode); 3] =
        [("auto", ProgressMode::Auto), ("json", ProgressMode::Json), ("off", ProgressMode::Off)];

    fn name(self) -> &'static str {
        ProgressMode::ALL.iter().find(|(_, t)| *t == self).map_or("auto", |(name, _)| name)
    }
}

/// A setting is one row: parsing, help, completion and [documentation](SETTINGS) come from it.
pub(crate) struct Setting {
    /// As it is written behind `set`.
    pub name: &'static str,
    /// What it is for, in a line.
    pub help: &'static str,
    takes: &'static str,
    example: &'static str,
    /// The words it may be, where it is one of a few.
    pub words: &'static [&'static str],
    /// The settings changed as the arguments say; `None` where they are not what it takes.
    change: fn(&mut Settings, &[Arg]) -> Option<()>,
    /// What it is; nothing where that is for another to say.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub now: fn(&Settings) -> Option<String>,
}

/// Every setting.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "memory",
        help: "bytes the run may hold: `set memory 4GiB`; half of the machine's unless set",
        takes: "an amount of memory",
        example: "set memory 4GiB",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Quantity { text, .. }, .. }] = args else { return None };
            settings.limits.memory = parse_bytes(text)?;
            Some(())
        },
        now: |settings| Some(crate::exec::bytes(settings.limits.memory)),
    },
    Setting {
        name: "threads",
        help: "threads that compute: `set threads 4`; all unless set",
        takes: "a whole number from 1 to 4096",
        example: "set threads 4",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Number(n), .. }] = args else { return None };
            settings.limits.threads = (*n >= 1.0 && n.fract() == 0.0 && *n <= 4096.0).then_some(*n as usize)?;
            Some(())
        },
        now: |settings| Some(settings.limits.threads.to_string()),
    },
    Setting {
        name: "requests",
        help: "requests to servers under way at a time: `set requests 64`; 32 unless set",
        takes: "a whole number from 1 to 1024",
        example: "set requests 64",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Number(n), .. }] = args else { return None };
            settings.limits.requests = (*n >= 1.0 && n.fract() == 0.0 && *n <= 1024.0).then_some(*n as usize)?;
            Some(())
        },
        now: |settings| Some(settings.limits.requests.to_string()),
    },
    Setting {
        name: "silence",
        help: "seconds that a server may be silent before it is asked again or given up: `set silence 20`; 60 unless set",
        takes: "a number of seconds, a day at most",
        example: "set silence 20",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Number(n), .. }] = args else { return None };
            settings.limits.silence = (*n > 0.0 && *n <= 86_400.0).then(|| Duration::from_secs_f64(*n))?;
            Some(())
        },
        now: |settings| Some(trim(settings.limits.silence.as_secs_f64())),
    },
    Setting {
        name: "pause",
        help: "seconds that a busy server may ask for (`Retry-After`) before that is a refusal: `set pause 600`; 60 unless set",
        takes: "a number of seconds, a day at most",
        example: "set pause 600",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Number(n), .. }] = args else { return None };
            settings.limits.pause = (*n >= 0.0 && *n <= 86_400.0).then(|| Duration::from_secs_f64(*n))?;
            Some(())
        },
        now: |settings| Some(trim(settings.limits.pause.as_secs_f64())),
    },
    Setting {
        name: "pages",
        help: "pages that a catalog may have before it is taken for endless: `set pages 5000`; 1000 unless set",
        takes: "a whole number from 1 to 1000000000",
        example: "set pages 5000",
        words: &[],
        change: |settings, args| {
            let [Arg { value: Value::Number(n), .. }] = args else { return None };
            settings.limits.pages = (*n >= 1.0 && n.fract() == 0.0 && *n <= 1e9).then_some(*n as usize)?;
            Some(())
        },
        now: |settings| Some(settings.limits.pages.to_string()),
    },
    Setting {
        name: "progress",
        help: "how a run reports its progress: `auto` (a bar on a terminal), `json` or `off`",
        takes: "`auto`, `json` or `off`",
        example: "set progress off",
        words: &["auto", "json", "off"],
        change: |settings, args| {
            let word = word(args)?;
            settings.progress = ProgressMode::ALL.iter().find(|(name, _)| *name == word)?.1;
            Some(())
        },
        now: |settings| Some(settings.progress.name().into()),
    },
    Setting {
        name: "on_error",
        help: "what loads do with unreadable inputs unless they say so: `stop` or `skip`",
        takes: "`stop` or `skip`",
        example: "set on_error skip",
        words: &["stop", "skip"],
        change: |settings, args| {
            settings.skip_errors = one_of(args, ["stop", "skip"])?;
            Some(())
        },
        now: |settings| Some(if settings.skip_errors { "skip" } else { "stop" }.into()),
    },
    Setting {
        name: "thumbnails",
        help: "whether a notebook shows a small picture of a cube, for which pixels are read: `on`, `off`, or `auto`, where that takes no time, as notebooks begin",
        takes: "`on`, `auto` or `off`",
        example: "set thumbnails on",
        words: &Thumbnails::WORDS,
        change: |settings, args| {
            let all = [Thumbnails::Off, Thumbnails::Auto, Thumbnails::On];
            let word = word(args)?;
            settings.thumbnails = all.into_iter().find(|one| one.word() == word)?;
            Some(())
        },
        now: |settings| Some(settings.thumbnails.word().into()),
    },
    Setting {
        name: "executor",
        help: "who computes: `set executor dask`, `set executor \"dask://scheduler:8786\"`; this machine unless set, or `local`",
        takes: "`local`, `dask`, or the address of a scheduler",
        example: "set executor dask",
        words: &["local", "dask"],
        change: |settings, args| {
            let word = word(args)?;
            settings.executor = match word.as_str() {
                "local" => None,
                _ => cluster::is_address(&word).then_some(Some(word))?,
            };
            Some(())
        },
        now: |settings| Some(settings.executor.clone().unwrap_or_else(|| "local".into())),
    },
    Setting {
        name: "gdal",
        help: "an option of GDAL: `set gdal GDAL_HTTP_TIMEOUT 30`",
        takes: "a name and a value",
        example: "set gdal GDAL_HTTP_TIMEOUT 30",
        words: &[],
        change: |settings, args| {
            let [name, value] = args else { return None };
            settings.gdal.insert(name.value.as_text()?, value.value.as_text()?);
            Some(())
        },
        now: |_| None,
    },
];

/// The settings after a `set`.
///
/// # Errors
/// `E0116` for an unknown name, `E0105` for a value that the setting does not take, `E0503` for an option of GDAL that is
/// left to the environment.
pub(crate) fn set(settings: &Settings, key: &Name, args: &[Arg]) -> Result<Settings> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key.value) else {
        let known = || SETTINGS.iter().map(|setting| setting.name);
        return Err(Diagnostic::new(codes::UNKNOWN_SETTING, format!("no setting is named `{}`", key.value))
            .label(key.span, "not a setting")
            .help_if(diagnostic::did_you_mean(&key.value, known()))
            .help(format!("settings: {}", diagnostic::list_some(known(), SETTINGS.len()))));
    };
    if let ("gdal", [name, _]) = (setting.name, args)
        && let Some(text) = name.value.as_text()
    {
        crate::gdal::allowed::check(&text).map_err(|d| d.or_at(name.span, "left to the environment"))?;
    }
    let mut changed = settings.clone();
    match (setting.change)(&mut changed, args) {
        Some(()) => Ok(changed),
        None => Err(Diagnostic::new(codes::WRONG_TYPE, format!("`set {}` takes {}", setting.name, setting.takes))
            .label(args.first().map_or(key.span, |arg| arg.span), "not one of these")
            .help(format!("for example `{}`", setting.example))),
    }
}

/// The only argument, as text.
fn word(args: &[Arg]) -> Option<String> {
    let [arg] = args else { return None };
    arg.value.as_text()
}

/// Whether the only argument is the second of two words; `None` if it is neither.
fn one_of(args: &[Arg], words: [&str; 2]) -> Option<bool> {
    let word = word(args)?;
    words.iter().position(|w| *w == word).map(|at| at == 1)
}

/// `4GiB`, `500MB`.
pub(crate) fn parse_bytes(text: &str) -> Option<u64> {
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
