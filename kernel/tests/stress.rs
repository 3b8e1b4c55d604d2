//! Clients that stall, vanish or print without end.

use crate::client::{Client, cell};
use rastra_kernel::Ending;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn many_lines_are_few_messages_in_order_and_bounded() {
    let mut client = Client::start();
    client.execute("echo");
    let (reply, published) = client.execute("print 200000 line");
    assert_eq!(reply.content["status"], "ok");
    let streams: Vec<_> = published.iter().filter(|got| got.kind == "stream").collect();
    assert!(streams.len() < 200, "{} messages", streams.len());
    let text: String = streams
        .iter()
        .filter(|got| got.content["name"] == "stdout")
        .map(|got| got.content["text"].as_str().unwrap())
        .collect();
    assert!(text.len() <= 1 << 20);
    let ordered = text.lines().enumerate().take(50_000).all(|(i, line)| line == format!("{i} line"));
    assert!(ordered, "lines are lost or out of order");
    assert!(streams.iter().any(|got| got.content["text"].as_str().unwrap().contains("left out")));
    client.shut_down(false);
}

#[test]
fn a_reader_that_stalls_holds_up_nobody() {
    let mut client = Client::start();
    client.execute("echo");
    // Connects, and never reads.
    let _stalled = Client::connect(client.connection.clone());
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    for _ in 0..40 {
        let (reply, published) = client.execute("large 1000000");
        assert_eq!(reply.content["status"], "ok");
        assert!(published.iter().any(|got| got.kind == "display_data"));
    }
    for _ in 0..2000 {
        client.execute("");
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    client.shut_down(false);
}

#[test]
fn a_client_that_vanishes_is_forgotten() {
    let mut first = Client::start();
    first.execute("echo");
    let kernel = first.kernel.take();
    let connection = first.connection.clone();
    first.send("execute_request", cell("print 1000 x"));
    drop(first);
    let mut second = Client::connect(connection);
    second.kernel = kernel;
    assert_eq!(second.execute("cells").0.content["status"], "ok");
    second.shut_down(false);
}

#[test]
fn interrupts_while_it_prints() {
    let mut client = Client::start();
    client.execute("echo");
    for _ in 0..5 {
        let id = client.send("execute_request", cell("print 100000000 x"));
        std::thread::sleep(Duration::from_millis(30));
        client.control("interrupt_request", json!({}));
        client.until_idle(&id);
        assert_eq!(client.reply().content["ename"], "Interrupted");
    }
    client.shut_down(false);
}

#[test]
fn a_hundred_starts() {
    for _ in 0..100 {
        let mut client = Client::start();
        // The first answer is not lost, nor that the kernel is idle after it.
        let id = client.send("kernel_info_request", json!({}));
        assert_eq!(client.reply().kind, "kernel_info_reply");
        client.until_idle(&id);
        assert_eq!(client.shut_down(true), Ending::Shutdown { restart: true });
    }
}
