//! The channels over ZeroMQ.
//!
//! `iopub` is a PUB socket, not XPUB: in zeromq 0.7 an XPUB waits for the slowest reader, so one stalled notebook would
//! stop the kernel. A PUB gives each reader a queue.

use crate::connection::Connection;
use crate::transport::{Channels, Frames, Requests, SUBSCRIBING};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeromq::{PubSocket, RepSocket, RouterSocket, Socket, SocketEvent, SocketRecv, SocketSend, ZmqMessage};

/// Binds all five sockets and starts the tasks that move frames between them and the queues.
///
/// # Errors
/// A message with the address that cannot be bound.
pub async fn bind(connection: &Connection) -> Result<Channels, String> {
    let (iopub, listeners) = publisher(&connection.address(connection.iopub)).await?;
    heartbeat(&connection.address(connection.heartbeat)).await?;
    Ok(Channels {
        shell: requests(&connection.address(connection.shell)).await?,
        control: requests(&connection.address(connection.control)).await?,
        stdin: requests(&connection.address(connection.stdin)).await?,
        iopub,
        listeners,
    })
}

fn refused(address: &str) -> impl Fn(zeromq::ZmqError) -> String {
    move |error| format!("cannot listen on {address}: {error}")
}

async fn requests(address: &str) -> Result<Requests, String> {
    let mut socket = RouterSocket::new();
    socket.bind(address).await.map_err(refused(address))?;
    let (mut sender, mut receiver) = socket.split();
    let (arrived, incoming) = unbounded_channel();
    let (outgoing, mut leaving): (UnboundedSender<Frames>, UnboundedReceiver<Frames>) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok(message) = receiver.recv().await {
            let frames = message.into_vec().into_iter().map(|frame| frame.to_vec()).collect();
            if arrived.send(frames).is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(frames) = leaving.recv().await {
            // A client that has disconnected is no reason to stop.
            if let Some(message) = message(frames) {
                let _ = sender.send(message).await;
            }
        }
    });
    Ok(Requests { incoming, outgoing })
}

async fn publisher(address: &str) -> Result<(UnboundedSender<Frames>, UnboundedReceiver<()>), String> {
    use futures_util::StreamExt;
    let mut socket = PubSocket::new();
    let mut events = socket.monitor();
    socket.bind(address).await.map_err(refused(address))?;
    let (outgoing, mut leaving): (UnboundedSender<Frames>, UnboundedReceiver<Frames>) = unbounded_channel();
    let (came, listeners) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if matches!(event, SocketEvent::Accepted(..)) {
                let came = came.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(SUBSCRIBING).await;
                    let _ = came.send(());
                });
            }
        }
    });
    tokio::spawn(async move {
        while let Some(frames) = leaving.recv().await {
            if let Some(message) = message(frames) {
                let _ = socket.send(message).await;
            }
        }
    });
    Ok((outgoing, listeners))
}

/// Sends every message back, as long as the process runs.
async fn heartbeat(address: &str) -> Result<(), String> {
    let mut socket = RepSocket::new();
    socket.bind(address).await.map_err(refused(address))?;
    tokio::spawn(async move {
        loop {
            match socket.recv().await {
                Ok(beat) => drop(socket.send(beat).await),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        }
    });
    Ok(())
}

fn message(frames: Frames) -> Option<ZmqMessage> {
    let frames: Vec<bytes::Bytes> = frames.into_iter().map(Into::into).collect();
    ZmqMessage::try_from(frames).ok()
}
