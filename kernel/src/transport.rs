//! The channels of the protocol as queues of frames: what the kernel sees of whatever carries them.

use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub type Frames = Vec<Vec<u8>>;

/// Both directions of a channel on which requests arrive.
pub struct Requests {
    pub incoming: UnboundedReceiver<Frames>,
    pub outgoing: UnboundedSender<Frames>,
}

/// Everything a kernel listens and speaks on; the heartbeat beats below.
pub struct Channels {
    pub shell: Requests,
    pub control: Requests,
    pub stdin: Requests,
    /// Published to all who listen.
    pub iopub: UnboundedSender<Frames>,
    /// Told each time somebody new begins to listen to `iopub`.
    pub listeners: UnboundedReceiver<()>,
}

/// How long after a front end connected to `iopub` its subscription is taken to have arrived: PUB sockets do not tell.
pub const SUBSCRIBING: Duration = Duration::from_millis(15);
