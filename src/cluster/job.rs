//! Jobs in folders: a run that any processes compute, in any order and on any machines that see the folder.
//!
//! `job.json` holds the plan and all that was decided; `round-1/work.json` the tasks, in groups; `round-1/parts` what was
//! made of each group. Some results need a second round, whose tasks are known when the first is done: a histogram
//! counts between the ends that the first has found.

use super::groups::cut;
use super::here::{Unopened, set_up, version};
use crate::diagnostic::{Cause, Diagnostic, Result, Sources, codes, public_options};
use crate::exec::tasks::Task;
use crate::exec::{Done, Executor, Limits, Observer, Work, Worker};
use crate::io::source::go_on;
use crate::io::{self, SharedTarget, place};
use crate::plan::AnyPlan;
use crate::plan::show::plural;
use crate::run::Answer;
use crate::session::Session;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Groups of a job: each is a file, and none is computed by two processes.
const GROUPS: usize = 4096;

/// Processes for which a job is cut, however many will come: so many share it well, and fewer have more each.
const PROCESSES: usize = 64;

/// All of a job but its rounds.
#[derive(Debug, Serialize, Deserialize)]
struct JobFile {
    version: String,
    /// The texts that places in the plan point into, without secrets.
    sources: Sources,
    saving: AnyPlan,
    limits: Limits,
    /// Options of GDAL, without those that hold secrets.
    options: BTreeMap<String, String>,
}

/// A job in its folder.
#[derive(Debug)]
pub(crate) struct JobFolder {
    folder: PathBuf,
    file: JobFile,
}

/// What has become of a job.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Tasks of a round that was laid out before are not done.
    Left(Status),
    /// A round was laid out.
    Begun(Status),
    Finished(Box<Answer>),
}

/// How far a round is.
#[derive(Debug)]
pub(crate) struct Status {
    pub round: usize,
    /// The number of its groups, which are the tasks of the job.
    pub groups: usize,
    /// Those that are not done, from 1 on.
    pub left: Vec<usize>,
}

impl JobFolder {
    /// Plans a program, lays its target out and writes down all that its tasks need.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0407` where the folder holds something.
    pub(crate) fn begin(
        session: &mut Session,
        (name, text): (&str, &str),
        folder: &Path,
    ) -> Result<(JobFolder, Stage), Vec<Box<Diagnostic>>> {
        let saving = session.saving(name, text)?;
        let one = |d: Box<Diagnostic>| vec![d];
        if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            let problem = format!("`{}` is not empty", folder.display());
            return Err(one(Diagnostic::new(codes::BAD_JOB, problem).help("begin a job in a folder of its own")));
        }
        std::fs::create_dir_all(folder).map_err(|e| one(unwritten(folder, e)))?;
        let file = JobFile {
            version: version(),
            sources: session.sources.masked(),
            saving: resumable(saving),
            limits: Limits { processes: PROCESSES, ..session.settings.limits.clone() },
            options: public_options(&session.settings.gdal),
        };
        let folder = std::path::absolute(folder).map_err(|e| one(unwritten(folder, e)))?;
        write(&folder.join("job.json"), &serde_json::to_vec(&file).unwrap_or_default()).map_err(one)?;
        let job = JobFolder { folder, file };
        session.settings.limits = job.file.limits.clone();
        let stage = job.advance(session).map_err(one);
        if stage.is_err() {
            // Nothing was begun that anybody could go on with.
            let _ = std::fs::remove_dir_all(&job.folder);
        }
        stage.map(|stage| (job, stage))
    }

    /// # Errors
    /// `E0407` where there is no job, or one of another version.
    pub(crate) fn open(folder: &Path) -> Result<JobFolder> {
        let path = folder.join("job.json");
        let bytes = std::fs::read(&path).map_err(|e| {
            Diagnostic::new(codes::BAD_JOB, format!("`{}` holds no job", folder.display()))
                .cause(e)
                .help("`rastra job begin PROGRAM DIR` begins one")
        })?;
        let said: serde_json::Value = serde_json::from_slice(&bytes).map_err(|e| unreadable(&path, e))?;
        let (theirs, ours) = (said["version"].as_str().unwrap_or("another version"), version());
        if theirs != ours {
            return Err(Diagnostic::new(
                codes::BAD_JOB,
                format!("the job was begun by Rastra {theirs}, this is {ours}"),
            )
            .help("use one version for all of a job"));
        }
        let file = serde_json::from_value(said).map_err(|e| unreadable(&path, e))?;
        let folder = std::path::absolute(folder).map_err(|e| unreadable(&path, e))?;
        Ok(JobFolder { folder, file })
    }

    /// A session as the job was begun in, whose diagnostics show the program.
    pub(crate) fn set_up(&self, session: &mut Session) -> Result<()> {
        session.sources = self.file.sources.clone();
        session.settings.limits = self.file.limits.clone();
        session.settings.gdal = self.file.options.clone();
        set_up(&self.file.limits, &self.file.options)
    }

    /// Puts together what the rounds have made, or lays out the next one.
    ///
    /// # Errors
    /// What saving fails with; `E0407` where the inputs are others than when the job began.
    pub(crate) fn advance(&self, session: &Session) -> Result<Stage> {
        // While others write to the target, nobody takes it up.
        if self.round(1).exists() {
            let status = self.status()?;
            if !status.left.is_empty() {
                return Ok(Stage::Left(status));
            }
        }
        let rounds = Arc::new(Rounds { folder: self.folder.clone(), round: AtomicUsize::new(0) });
        match session.save_on(&self.file.saving, rounds.clone()) {
            Ok(answer) => Ok(Stage::Finished(Box::new(answer))),
            Err(d) if d.code == codes::WORK_LEFT => self.status().map(Stage::Begun),
            Err(d) => Err(d),
        }
    }

    /// How far the last round is that was begun.
    pub(crate) fn status(&self) -> Result<Status> {
        let (round, work) = self.last()?;
        Ok(self.status_of(round, groups_of(&work).len()))
    }

    fn last(&self) -> Result<(usize, Work)> {
        let round = (1..).take_while(|round| self.round(*round).exists()).last().unwrap_or(1);
        Ok((round, read_work(&self.round(round))?))
    }

    fn status_of(&self, round: usize, groups: usize) -> Status {
        let left = (1..=groups).filter(|group| !part(&self.round(round), *group).exists()).collect();
        Status { round, groups, left }
    }

    /// Computes groups of the last round, from 1 on; how many.
    ///
    /// # Errors
    /// The first failure; `E0407` for a group that there is not.
    pub(crate) fn work(
        &self,
        which: &Which,
        threads: Option<usize>,
        cancel: &Arc<AtomicBool>,
        observer: &dyn Observer,
    ) -> Result<usize> {
        let (round, work) = self.last()?;
        let (folder, of) = (self.round(round), groups_of(&work));
        let groups = of.len();
        let chosen: Vec<usize> = match which {
            // What is next to each other shares files.
            Which::Share { k, n } => {
                let share = (k - 1) * groups / n..k * groups / n;
                let left = self.status_of(round, groups).left;
                left.into_iter().filter(|group| share.contains(&(group - 1))).collect()
            }
            Which::Groups(all) => all.iter().copied().collect(),
        };
        if let Some(beyond) = chosen.iter().find(|group| !(1..=groups).contains(*group)) {
            return Err(Diagnostic::new(codes::BAD_JOB, format!("the job has no task {beyond}"))
                .help(format!("its tasks are 1 to {groups}")));
        }
        if chosen.is_empty() {
            return Ok(0);
        }
        let threads = threads.unwrap_or(work.limits.threads);
        let worker = Worker::open(work.with(Vec::new()), &Unopened, cancel.clone())?;
        for group in &chosen {
            let done = worker.compute(of[group - 1].to_vec(), threads, cancel.clone(), observer)?;
            write(&part(&folder, *group), &done.to_bytes())?;
        }
        Ok(chosen.len())
    }

    fn round(&self, round: usize) -> PathBuf {
        self.folder.join(format!("round-{round}"))
    }
}

/// Which tasks a process computes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Which {
    /// The k-th of n shares of all tasks, but for those that are done.
    Share { k: usize, n: usize },
    /// These, whether they are done or not.
    Groups(BTreeSet<usize>),
}

/// The executor that finds in a folder what others have computed.
struct Rounds {
    folder: PathBuf,
    round: AtomicUsize,
}

impl Executor for Rounds {
    fn shares(&self, target: &SharedTarget) -> bool {
        // It lies there between the processes of the job.
        target.spec.resumable
    }

    fn remembers(&self) -> bool {
        true
    }

    fn run(&self, work: &Work, take: &(dyn Fn(Done) -> Result<()> + Sync), cancel: &AtomicBool) -> Result<()> {
        let left = || Diagnostic::new(codes::WORK_LEFT, "the job has tasks that are not done");
        let round = self.round.fetch_add(1, Ordering::Relaxed) + 1;
        let folder = self.folder.join(format!("round-{round}"));
        if !folder.exists() {
            let beside = self.folder.join("next");
            std::fs::create_dir_all(beside.join("parts")).map_err(|e| unwritten(&beside, e))?;
            write(&beside.join("work.json"), &serde_json::to_vec(work).unwrap_or_default())?;
            std::fs::rename(&beside, &folder).map_err(|e| unwritten(&folder, e))?;
            return Err(left());
        }
        if read_work(&folder)? != *work {
            return Err(Diagnostic::new(codes::BAD_JOB, "the inputs or the target are others than when the job began")
                .help("begin it again in a folder of its own"));
        }
        let groups = groups_of(work);
        if (1..=groups.len()).any(|group| !part(&folder, group).exists()) {
            return Err(left());
        }
        for (i, tasks) in groups.iter().enumerate() {
            go_on(cancel)?;
            let path = part(&folder, i + 1);
            let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, e))?;
            let done = Done::from_bytes(&bytes)?;
            if !done.tasks.iter().eq(tasks.iter().map(|task| &task.id)) {
                return Err(unreadable(&path, "it is of another task"));
            }
            take(done)?;
        }
        Ok(())
    }
}

/// The groups in which the tasks of a work are computed, which depend on nothing but the work.
fn groups_of(work: &Work) -> Vec<&[Task]> {
    cut(&work.job.tasks, GROUPS).collect()
}

/// Where those who compute can write, the target lies unfinished until the last task is done.
fn resumable(saving: AnyPlan) -> AnyPlan {
    match saving {
        AnyPlan::Cube(plan) if plan.sink().is_some_and(io::may_lie_unfinished) => AnyPlan::Cube(plan.resumable()),
        AnyPlan::Cube(_) | AnyPlan::Table(_) | AnyPlan::Picture(_) => saving,
    }
}

fn part(round: &Path, group: usize) -> PathBuf {
    round.join("parts").join(format!("{group}"))
}

fn read_work(round: &Path) -> Result<Work> {
    let path = round.join("work.json");
    let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, e))?;
    serde_json::from_slice(&bytes).map_err(|e| unreadable(&path, e))
}

/// Writes a file that is there whole or not at all, whoever else writes it meanwhile.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension(place::process_name());
    let put = || {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    put().map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        unwritten(path, e)
    })
}

fn unwritten(path: &Path, cause: impl Into<Cause>) -> Box<Diagnostic> {
    Diagnostic::new(codes::CANNOT_WRITE, format!("`{}` cannot be written", path.display())).cause(cause)
}

fn unreadable(path: &Path, cause: impl Into<Cause>) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_JOB, format!("`{}` cannot be read", path.display())).cause(cause)
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let done = self.groups - self.left.len();
        if self.round > 1 {
            write!(f, "round {}: ", self.round)?;
        }
        write!(f, "{done} of {} done", plural(self.groups, "task"))?;
        match self.left.len() {
            0 => Ok(()),
            left if left == self.groups => Ok(()),
            _ => write!(f, ", left: {}", ranges(&self.left)),
        }
    }
}

/// Numbers in ascending order as `1-3,7`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let text = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    text.collect::<Vec<_>>().join(",")
}
