//! What a run reports to its observer.

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Tasks that are done.
    pub tasks_done: usize,
    /// All tasks.
    pub tasks: usize,
    /// Pixels of the result that are done.
    pub pixels_done: u64,
    /// All pixels of the result.
    pub pixels: u64,
    /// Decoded bytes read so far.
    pub bytes_read: u64,
    /// Decoded bytes that will be read, as planned.
    pub bytes_to_read: u64,
}

/// Gets reports of a run. It is called from the threads of the run, so it must be quick.
pub trait Observer: Send + Sync {
    /// A run begins.
    fn started(&self, _title: &str, _progress: Progress) {}
    /// The run has progressed. Threads report in any order, so a report may be older than the one before.
    fn progress(&self, _progress: Progress) {}
    /// A server has not answered for some seconds, in a run or before one, while headers and catalogs are read.
    fn waiting(&self, _host: &str, _time: std::time::Duration) {}
    /// What was waited for before a run is over.
    fn waited(&self) {}
    /// The run has ended, with or without success.
    fn finished(&self) {}
}

/// An observer that ignores all reports.
pub struct Silent;

impl Observer for Silent {}
