//! The command line: reads its arguments and opens one of the doors.

use super::origin::Origin;
use super::{repl, script};
use crate::cluster;
use crate::exec::Limits;
use crate::front;
use crate::session::{ProgressMode, Settings};
use crate::settings::parse_bytes;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  rastra                                          a prompt; `:help` there lists the stages
  rastra run ndvi.rastra --set year=2023          run a program with a parameter
  rastra run ndvi.rastra --dry-run                plan, tasks and memory; nothing is read but headers
  rastra -c 'load files \"rain/*.tif\" | describe'  run a line
  rastra < ndvi.rastra                            run what standard input holds
  rastra check ndvi.rastra                        find mistakes without reading a pixel
  rastra fmt ndvi.rastra                          lay a program out
  rastra help crop                                what a stage does, as `:help crop` at the prompt
  rastra kernel install                           Rastra in Jupyter notebooks
  rastra examples                                 programs, notebooks and data to begin with
  rastra doctor                                   what is missing on this machine
  rastra lsp                                      diagnostics, completion and help for an editor

Exit codes:
  0  done
  1  a file, a server, a target or memory failed
  2  the program, or the command line, is wrong; nothing has run
  3  done, with unreadable inputs left out (--on-error skip)
  130 in a shell: stopped by Ctrl-C (143: by kill); no target is left half written

Results go to standard output, everything else to standard error.";

/// A small array query language for time series of geospatial rasters.
#[derive(Parser)]
#[command(name = "rastra", after_help = EXAMPLES, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    /// Run this program.
    #[arg(short = 'c', value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program from a file, or a notebook.
    #[command(
        after_help = "Examples:\n  rastra run ndvi.rastra --set year=2023 --memory 4GiB\n  rastra run ndvi.rastra --dry-run\n  rastra run report.ipynb --set year=2023 --output report-2023.ipynb"
    )]
    Run {
        /// The program; `-` is standard input. Of a notebook all cells are run, in its folder, as Jupyter does.
        file: PathBuf,
        /// Write the notebook with what its cells show to this file, which is replaced.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// Report every mistake that can be found without reading a pixel.
    Check {
        /// Programs; `-` is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        params: Params,
    },
    /// Write programs in the canonical layout, in place.
    Fmt {
        /// Programs; `-` is standard input to standard output.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Write nothing; exit with 1 if a program would change.
        #[arg(long)]
        check: bool,
    },
    /// Compute a program in parts, by processes on any machines that see a folder.
    Job {
        #[command(subcommand)]
        what: Job,
    },
    /// Write the examples and their data to a new folder `examples`.
    Examples {
        /// The folder in which it is made.
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Say what is missing or odd on this machine, and what servers answer.
    #[command(
        after_help = "Examples:\n  rastra doctor\n  rastra doctor s3://bucket/a.tif https://earth-search.aws.element84.com/v1\n\nThe exit code is 1 if something would fail."
    )]
    Doctor {
        /// What a `load` would be given: files on servers, buckets, STAC APIs.
        addresses: Vec<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print what a shell needs to complete commands and options.
    #[command(
        after_help = "Examples:\n  rastra completions bash > ~/.local/share/bash-completion/completions/rastra\n  rastra completions fish > ~/.config/fish/completions/rastra.fish"
    )]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write those of all commands to a folder.
    Man {
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Explain a command, or a stage, function or topic of the language.
    #[command(
        after_help = "Examples:\n  rastra help run\n  rastra help crop\n  rastra help save zarr\n  rastra help time"
    )]
    Help { what: Vec<String> },
    /// Print the licenses of all code in this program.
    #[cfg(has_licenses)]
    Licenses,
    /// Notebooks: install the Jupyter kernel, remove it, or serve a connection.
    #[cfg(feature = "kernel")]
    Kernel {
        #[command(subcommand)]
        what: front::kernel::Command,
    },
    /// Serve an editor by the Language Server Protocol on standard input and output; docs/editors.md says how to set it up.
    #[cfg(feature = "lsp")]
    Lsp {
        /// What some editors add; there is no other way to talk.
        #[arg(long, hide = true)]
        stdio: bool,
    },
}

#[derive(Subcommand)]
enum Job {
    /// Plan a program that saves, and lay out its tasks in a folder.
    #[command(
        after_help = "Examples:\n  rastra job begin climate.rastra /shared/job --memory 4GiB --threads 2\n  for k in 1 2 3; do rastra job work /shared/job $k/3 & done; wait\n  rastra job finish /shared/job"
    )]
    Begin {
        /// The program; `-` is standard input.
        file: PathBuf,
        /// A new folder, which all who compute can see.
        folder: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    #[command(flatten)]
    Other(front::job::Command),
}

#[derive(Args)]
struct Params {
    /// The value of a `param` of the program; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

#[derive(Args)]
struct Options {
    #[command(flatten)]
    params: Params,
    /// Print plan, tasks, bytes and memory of every pipeline; compute and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print plan, tasks, bytes and memory to standard error, then run.
    #[arg(long)]
    explain: bool,
    /// Memory the run may hold; half of the machine's unless given.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Threads that compute; all unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Option<u16>,
    /// Who computes: `dask`, or the address of a scheduler (`dask://scheduler:8786`); this machine unless given.
    #[arg(long, value_name = "WHERE", value_parser = executor)]
    on: Option<String>,
    /// How progress is reported on standard error; a bar on a terminal unless given.
    #[arg(long, value_enum, value_name = "HOW")]
    progress: Option<Progress>,
    /// What becomes of unreadable inputs, unless a load says otherwise.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnError::Stop)]
    on_error: OnError,
}

#[derive(Clone, Copy, ValueEnum)]
enum Progress {
    /// A bar, where standard error is a terminal.
    #[value(alias = "bar")]
    Auto,
    /// A line of JSON, at most ten a second.
    Json,
    #[value(alias = "none")]
    Off,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum OnError {
    /// The run fails.
    Stop,
    /// Their pixels are left missing, they are listed, and the exit code is 3.
    Skip,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.into())),
        _ => Err("write NAME=VALUE, such as year=2023".into()),
    }
}

fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).ok_or_else(|| "write a number and a unit, such as 4GiB or 500MB".into())
}

fn executor(text: &str) -> Result<String, String> {
    match cluster::is_address(text) {
        true => Ok(text.into()),
        false => Err(format!("write {}", cluster::ADDRESSES)),
    }
}

impl Options {
    fn settings(self) -> Settings {
        let limits = Limits::default();
        Settings {
            limits: Limits {
                memory: self.memory.unwrap_or(limits.memory),
                threads: self.threads.map_or(limits.threads, usize::from),
                ..limits
            },
            params: self.params.set.into_iter().collect(),
            dry_run: self.dry_run,
            explain: self.explain,
            progress: match self.progress {
                None | Some(Progress::Auto) => ProgressMode::Auto,
                Some(Progress::Json) => ProgressMode::Json,
                Some(Progress::Off) => ProgressMode::Off,
            },
            executor: self.on,
            skip_errors: self.on_error == OnError::Skip,
            ..Settings::default()
        }
    }
}

#[cfg(feature = "kernel")]
use front::kernel::book::run as book;

#[cfg(not(feature = "kernel"))]
fn book(_: &Path, _: Option<&Path>, _: &Settings) -> u8 {
    eprintln!("error: this build lacks the feature `kernel`, which notebooks need");
    front::WRONG
}

/// Prints help: for a command that of clap, for the language that of the prompt.
fn help(what: &[String]) -> u8 {
    let mut command = Cli::command().version(front::version());
    command.build();
    let found = what.iter().try_fold(&mut command, |at, word| at.find_subcommand_mut(word));
    match found {
        Some(command) => {
            // If standard output is closed, nobody reads the help, so a failure does not matter.
            let _ = command.print_long_help();
            // Asked for nothing in particular, also what the language has.
            if what.is_empty() { script::meta(":help".into()) } else { front::OK }
        }
        None => script::meta(format!(":help {}", what.join(" "))),
    }
}

/// Runs the command `rastra` with these arguments, the first of them its name. The process ends here.
///
/// What the libraries would tidy up at the end of a process lies in memory only. Some crash over it, as HDF5 where a disk
/// was full and HDF4 where other threads still hold its files, so nothing of it is called.
pub fn command(arguments: impl IntoIterator<Item = OsString>) -> ! {
    let code = run(&arguments.into_iter().collect::<Vec<_>>());
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
    signal_hook::low_level::exit(code.into())
}

fn run(arguments: &[OsString]) -> u8 {
    let command = Cli::command().version(front::version());
    let cli = command.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) => {
            // If standard output is closed, nobody reads the help, so a failure does not matter.
            let _ = error.print();
            if error.kind() == ErrorKind::DisplayVersion && arguments.iter().any(|argument| argument == "--version") {
                front::terminal::Terminal::new().result(&format!("\n{}", front::version::page()));
            }
            let first = arguments.get(1).map(|first| first.to_string_lossy()).unwrap_or_default();
            if error.kind() == ErrorKind::InvalidSubcommand && Path::new(&*first).extension().is_some() {
                eprintln!("\n  tip: to run a program: rastra run {first}");
            }
            return if error.use_stderr() { front::WRONG } else { front::OK };
        }
    };
    match (cli.command, cli.text) {
        (Some(Command::Run { file, output, options }), _) => match file.extension().is_some_and(|own| own == "ipynb") {
            true => book(&file, output.as_deref(), &options.settings()),
            false if output.is_some() => {
                eprintln!("error: `--output` is where a notebook is written to, and `{}` is none", file.display());
                front::WRONG
            }
            false => script::run(&Origin::of(&file), &options.settings()),
        },
        (Some(Command::Check { files, params }), _) => {
            script::check(&files, &Settings { params: params.set.into_iter().collect(), ..Settings::default() })
        }
        (Some(Command::Fmt { files, check }), _) => script::fmt(&files, check),
        (Some(Command::Job { what: Job::Begin { file, folder, options } }), _) => {
            front::job::begin(&Origin::of(&file), &folder, &options.settings())
        }
        (Some(Command::Job { what: Job::Other(what) }), _) => what.run(),
        (Some(Command::Examples { folder }), _) => front::examples::write(&folder),
        (Some(Command::Doctor { addresses, json }), _) => front::doctor::doctor(&addresses, json),
        (Some(Command::Completions { shell }), _) => front::shell::completions(shell, Cli::command()),
        (Some(Command::Man { folder }), _) => {
            front::shell::man(folder.as_deref(), Cli::command().version(env!("CARGO_PKG_VERSION")))
        }
        (Some(Command::Help { what }), _) => help(&what),
        #[cfg(has_licenses)]
        (Some(Command::Licenses), _) => front::licenses::print(),
        #[cfg(feature = "kernel")]
        (Some(Command::Kernel { what }), _) => what.run(),
        #[cfg(feature = "lsp")]
        (Some(Command::Lsp { .. }), _) => front::lsp::serve(),
        (None, Some(text)) => script::run(&Origin::Text(text), &cli.options.settings()),
        (None, None) if std::io::stdin().is_terminal() => repl::run(&cli.options.settings()),
        (None, None) => script::run(&Origin::Stdin, &cli.options.settings()),
    }
}
