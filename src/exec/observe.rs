//! What a run tells whoever watches it.

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

/// Called from the threads of the run; must be quick.
pub trait Observer: Send + Sync {
    /// A run begins.
    fn started(&self, _title: &str, _progress: Progress) {}
    /// It has come so far; threads tell in any order.
    fn progress(&self, _progress: Progress) {}
    /// It has ended, well or not.
    fn finished(&self) {}
}

/// Watches nothing.
pub struct Silent;

impl Observer for Silent {}
