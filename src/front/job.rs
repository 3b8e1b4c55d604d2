//! `rastra job`: a run in parts, computed by any processes that see its folder.

use super::origin::Origin;
use super::progress;
use super::script::failed;
use super::signal::Watch;
use super::terminal::Terminal;
use super::{FAILED, OK, SKIPPED};
use crate::cluster::job::{JobFolder, Stage, Which};
use crate::cluster::serve;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::show::plural;
use crate::session::{Session, Settings};
use clap::Subcommand;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Compute tasks of a job: the K-th of N shares, or the tasks of these numbers.
    #[command(
        after_help = "Examples:\n  rastra job work /shared/job 3/40\n  rastra job work /shared/job --task 17\n  rastra job work /shared/job --task 3-8,11"
    )]
    Work {
        /// The folder of the job.
        folder: PathBuf,
        /// Which share of how many; what is done already is not computed again.
        #[arg(value_name = "K/N", value_parser = share, required_unless_present = "task")]
        share: Option<(usize, usize)>,
        /// The numbers of tasks, done or not.
        #[arg(long, value_name = "IDS", value_parser = numbers, conflicts_with = "share")]
        task: Option<BTreeSet<usize>>,
        /// Threads that compute; those the job was begun with unless given.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
        threads: Option<u16>,
    },
    /// Put the result together once every task is done.
    Finish {
        /// The folder of the job.
        folder: PathBuf,
    },
    /// Say how many tasks of a job are done, and which are not.
    Status {
        /// The folder of the job.
        folder: PathBuf,
    },
    /// Compute what is asked for on standard input; workers of a cluster run it.
    #[command(hide = true)]
    Serve,
}

fn share(text: &str) -> Result<(usize, usize), String> {
    let wrong = || "write K/N with K from 1 to N, such as 3/40".to_string();
    let (k, n) = text.split_once('/').ok_or_else(wrong)?;
    match (k.parse(), n.parse()) {
        (Ok(k), Ok(n)) if (1..=n).contains(&k) => Ok((k, n)),
        _ => Err(wrong()),
    }
}

fn numbers(text: &str) -> Result<BTreeSet<usize>, String> {
    let one = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (1 <= first && first <= last && last < 1_000_000).then_some(first..=last)
    };
    let all: Option<Vec<_>> = text.split(',').map(one).collect();
    all.map(|all| all.into_iter().flatten().collect()).ok_or_else(|| "write numbers, such as 3-8,11".into())
}

/// Begins a job; returns the exit code.
pub(super) fn begin(origin: &Origin, folder: &Path, settings: &Settings) -> u8 {
    doing(settings, |session, terminal| {
        let text = origin.read().map_err(|d| vec![d])?;
        let (_, stage) = JobFolder::begin(session, (&origin.name(), &text), folder)?;
        told(stage, folder, terminal).map_err(|diagnostic| vec![diagnostic])
    })
}

impl Command {
    /// Runs the command; returns the exit code.
    pub(super) fn run(self) -> u8 {
        match self {
            // What goes wrong there is for whoever asks, who finds the other end closed.
            Command::Serve => serve::serve().map_or(FAILED, |()| OK),
            command => doing(&Settings::default(), |session, terminal| {
                command.on_folder(session, terminal).map_err(|diagnostic| vec![diagnostic])
            }),
        }
    }

    fn on_folder(self, session: &mut Session, terminal: &Terminal) -> Result<u8, Box<Diagnostic>> {
        match self {
            Command::Work { folder, share, task, threads } => {
                let job = JobFolder::open(&folder)?;
                job.set_up(session)?;
                let which = match (share, task) {
                    (Some((k, n)), _) => Which::Share { k, n },
                    (None, numbers) => Which::Groups(numbers.unwrap_or_default()),
                };
                let (threads, observer) = (threads.map(usize::from), session.observer());
                let done = job.work(&which, threads, &session.cancel_flag(), &*observer)?;
                terminal.say(&format!("{} computed", plural(done, "task")));
            }
            Command::Finish { folder } => {
                let job = JobFolder::open(&folder)?;
                job.set_up(session)?;
                return told(job.advance(session)?, &folder, terminal);
            }
            Command::Status { folder } => {
                terminal.result(&format!("{}\n", JobFolder::open(&folder)?.status()?));
            }
            Command::Serve => unreachable!("it is about no folder"),
        }
        Ok(OK)
    }
}

/// Tells what has become of a job; the exit code.
fn told(stage: Stage, folder: &Path, terminal: &Terminal) -> Result<u8, Box<Diagnostic>> {
    match stage {
        Stage::Left(status) => {
            let example = status.left.first().copied().unwrap_or(1);
            let help = format!("`rastra job work {} --task {example}` computes one", folder.display());
            Err(Diagnostic::new(codes::WORK_LEFT, format!("the job is not done: {status}")).help(help))
        }
        Stage::Begun(status) => {
            let tasks = plural(status.groups, "task");
            let round = if status.round > 1 { format!(" in round {}", status.round) } else { String::new() };
            terminal.say(&format!("{tasks} to do{round}"));
            let folder = folder.display();
            terminal.say(&format!("next: `rastra job work {folder} 1/4` (2/4, ..), then `rastra job finish {folder}`"));
            Ok(OK)
        }
        Stage::Finished(answer) => {
            terminal.answer(&answer);
            Ok(if answer.outcome.skipped.is_empty() { OK } else { SKIPPED })
        }
    }
}

/// Does something that a signal may stop, in a session; returns the exit code.
fn doing(settings: &Settings, what: impl FnOnce(&mut Session, &Terminal) -> Result<u8, Vec<Box<Diagnostic>>>) -> u8 {
    let terminal = Terminal::new();
    let mut session = progress::session(settings);
    let watch = Watch::start(session.cancel_flag());
    match watch.during(|| what(&mut session, &terminal)) {
        (Ok(code), _) => code,
        (Err(all), stopped_by) => failed(&terminal, &session, &all, stopped_by),
    }
}
