//! The channels of the protocol as queues of frames, which hide from the kernel how they are transported.

use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub type Frames = Vec<Vec<u8>>;

/// Both directions of a channel on which requests arrive.
pub struct Requests {
    pub incoming: UnboundedReceiver<Frames>,
    pub outgoing: UnboundedSender<Frames>,
}

/// All channels of a kernel except the heartbeat, which the transport answers by itself.
pub struct Channels {
    pub shell: Requests,
    pub control: Requests,
    pub stdin: Requests,
    /// Messages that are published to all listeners.
    pub iopub: UnboundedSender<Frames>,
    /// Gets an element each time a new listener connects to `iopub`.
    pub listeners: UnboundedReceiver<()>,
}

/// The time from the connection of a front end to `iopub` after which its subscription is assumed to have arrived,
/// since PUB sockets do not report it.
pub const SUBSCRIBING: Duration = Duration::from_millis(15);
