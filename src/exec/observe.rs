//! What a run tells whoever watches it.

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    pub tasks_done: usize,
    pub tasks: usize,
    pub pixels_done: u64,
    pub pixels: u64,
    pub bytes_read: u64,
    pub bytes_to_read: u64,
}

/// Called from the threads of the run; must be quick.
pub trait Observer: Send + Sync {
    fn started(&self, _title: &str, _progress: Progress) {}
    fn progress(&self, _progress: Progress) {}
    fn finished(&self) {}
}

/// Watches nothing.
pub struct Silent;

impl Observer for Silent {}
