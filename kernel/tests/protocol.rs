//! What each message must do.

use crate::client::{Client, cell, frames};
use rastra_kernel::Ending;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn kinds(published: &[crate::client::Got]) -> Vec<String> {
    published
        .iter()
        .map(|got| match got.kind.as_str() {
            "status" => got.content["execution_state"].as_str().unwrap().to_string(),
            kind => kind.to_string(),
        })
        .collect()
}

#[test]
fn a_cell_from_busy_to_idle() {
    let mut client = Client::start();
    // The first message of all is not lost, though the client fires as soon as it is connected.
    let (reply, published) = client.execute("show");
    assert_eq!(
        kinds(&published),
        ["busy", "execute_input", "display_data", "stream", "update_display_data", "execute_result", "idle"]
    );
    assert_eq!(reply.kind, "execute_reply");
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(reply.content["execution_count"], 1);
    assert_eq!(published[5].content["data"], json!({ "text/plain": "shown", "text/html": "<b>shown</b>" }));
    assert_eq!(published[5].content["execution_count"], 1);
    assert_eq!(published[2].content["transient"]["display_id"], "bar");
    assert_eq!(published[3].content, json!({ "name": "stderr", "text": "half way\n" }));
    // Silent cells leave nothing, and those that are not stored are not counted.
    let id = client.send("execute_request", json!({ "code": "echo", "silent": true }));
    assert_eq!(kinds(&client.until_idle(&id)), ["busy", "idle"]);
    client.reply();
    let id = client.send("execute_request", json!({ "code": "echo", "store_history": false }));
    assert_eq!(kinds(&client.until_idle(&id)), ["busy", "execute_input", "execute_result", "idle"]);
    client.reply();
    assert_eq!(client.execute("echo").0.content["execution_count"], 2);
    assert_eq!(client.shut_down(false), Ending::Shutdown { restart: false });
}

#[test]
fn failures_stop_what_is_queued() {
    let mut client = Client::start();
    client.execute("echo");
    let ids: Vec<String> =
        ["wait 0.2", "fail", "one", "two"].iter().map(|code| client.send("execute_request", cell(code))).collect();
    let published = client.until_idle(&ids[3]);
    let replies: Vec<Value> = (0..4).map(|_| client.reply().content).collect();
    let states: Vec<&str> = replies.iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "error", "aborted", "aborted"]);
    assert_eq!(replies[1]["ename"], "E1");
    assert_eq!(replies[2], json!({ "status": "aborted" }), "without a count: it never ran");
    assert_eq!(kinds(&published), ["busy", "idle"]);
    // And the next ones run.
    assert_eq!(client.execute("three").0.content["status"], "ok");
    // Also those that are sent as soon as a failure is known.
    for _ in 0..200 {
        let failing = client.send("execute_request", cell("fail"));
        client.until_idle(&failing);
        let next = client.send("execute_request", cell("next"));
        client.until_idle(&next);
        assert_eq!([client.reply(), client.reply()].map(|r| r.content["status"].clone()), ["error", "ok"]);
    }
    // A failure that should not stop does not.
    let mut lenient = cell("fail");
    lenient["stop_on_error"] = false.into();
    client.send("execute_request", lenient);
    let id = client.send("execute_request", cell("four"));
    client.until_idle(&id);
    assert_eq!([client.reply(), client.reply()].map(|r| r.content["status"].clone()), ["error", "ok"]);
    // Nor does a panic end the kernel.
    let (reply, published) = client.execute("panic");
    assert_eq!(reply.content["ename"], "Panic");
    assert!(kinds(&published).contains(&"error".to_string()));
    assert_eq!(client.execute("five").0.content["status"], "ok");
    client.shut_down(false);
}

#[test]
fn an_interrupt_stops_the_cell_and_keeps_the_session() {
    let mut client = Client::start();
    client.execute("echo");
    let id = client.send("execute_request", cell("wait 15"));
    let queued = client.send("execute_request", cell("never"));
    std::thread::sleep(Duration::from_millis(100));
    let asked = Instant::now();
    assert_eq!(client.control("interrupt_request", json!({})).content["status"], "ok");
    client.until_idle(&id);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(client.reply().content["ename"], "Interrupted");
    assert_eq!(client.reply().content["status"], "aborted");
    client.until_idle(&queued);
    // Also where failures would not stop what is queued.
    let mut lenient = cell("wait 15");
    lenient["stop_on_error"] = false.into();
    client.send("execute_request", lenient);
    let queued = client.send("execute_request", cell("never"));
    std::thread::sleep(Duration::from_millis(100));
    client.control("interrupt_request", json!({}));
    client.until_idle(&queued);
    assert_eq!([client.reply(), client.reply()].map(|r| r.content["status"].clone()), ["error", "aborted"]);
    // An interrupt between cells does not reach the next one.
    client.control("interrupt_request", json!({}));
    let (_, published) = client.execute("cells");
    assert_eq!(published[2].content["data"]["text/plain"], "4");
    client.shut_down(false);
}

#[test]
fn answers_while_a_cell_runs() {
    let mut client = Client::start();
    client.execute("echo");
    let running = client.send("execute_request", cell("wait 1.5"));
    std::thread::sleep(Duration::from_millis(50));
    let asked = Instant::now();
    // Offsets are code points: é is one.
    client.send("complete_request", json!({ "code": "é 🛰 pr", "cursor_pos": 6 }));
    let reply = client.reply();
    assert_eq!(reply.kind, "complete_reply");
    assert_eq!(reply.content["matches"], json!(["print"]));
    assert_eq!((reply.content["cursor_start"].as_u64(), reply.content["cursor_end"].as_u64()), (Some(4), Some(6)));
    assert_eq!(reply.content["metadata"]["_jupyter_types_experimental"][0]["type"], "word");
    client.send("inspect_request", json!({ "code": "print 1", "cursor_pos": 2, "detail_level": 0 }));
    assert_eq!(client.reply().content["data"]["text/markdown"], "`print` prints");
    client.send("inspect_request", json!({ "code": "zzz", "cursor_pos": 2 }));
    let nothing = client.reply().content;
    assert_eq!((nothing["found"].as_bool(), &nothing["data"]), (Some(false), &json!({})));
    for (code, status) in [("a |", "incomplete"), ("a", "complete"), ("a )", "invalid")] {
        client.send("is_complete_request", json!({ "code": code }));
        assert_eq!(client.reply().content["status"], status);
    }
    client.send("comm_info_request", json!({}));
    assert_eq!(client.reply().content["comms"], json!({}));
    client.send("kernel_info_request", json!({}));
    let info = client.reply().content;
    assert_eq!((info["status"].as_str(), info["language_info"]["name"].as_str()), (Some("ok"), Some("toy")));
    assert_eq!(client.control("kernel_info_request", json!({})).content["banner"], "Toy");
    assert_eq!(client.control("debug_request", json!({ "seq": 3, "command": "x" })).content["success"], false);
    assert_eq!(client.beat(b"beat"), b"beat");
    assert!(asked.elapsed() < Duration::from_millis(1400), "{:?}", asked.elapsed());
    // The cell is said to be busy again after each of them.
    let published = client.until_idle(&running);
    assert!(kinds(&published).iter().filter(|k| *k == "busy").count() > 5, "{:?}", kinds(&published));
    client.shut_down(false);
}

#[test]
fn history_comms_and_what_nobody_knows() {
    let mut client = Client::start();
    for code in ["one", "two", "one"] {
        client.execute(code);
    }
    client.send("history_request", json!({ "hist_access_type": "tail", "n": 2, "raw": true, "output": false }));
    assert_eq!(client.reply().content["history"], json!([[1, 2, "two"], [1, 3, "one"]]));
    let id = client.send("comm_open", json!({ "comm_id": "c", "target_name": "nobody", "data": {} }));
    assert_eq!(kinds(&client.until_idle(&id)), ["busy", "comm_close", "idle"]);
    let id = client.send("no_such_request", json!({}));
    assert_eq!(kinds(&client.until_idle(&id)), ["busy", "idle"]);
    client.shut_down(true);
}

#[test]
fn input() {
    let mut client = Client::start();
    let mut asking = cell("ask");
    asking["allow_stdin"] = true.into();
    let id = client.send("execute_request", asking.clone());
    assert_eq!(client.answer("Ada").content["prompt"], "name? ");
    let published = client.until_idle(&id);
    assert_eq!(published[2].content["data"]["text/plain"], "hello Ada");
    client.reply();
    // Where nobody can be asked.
    assert_eq!(client.execute("ask").0.content["evalue"], "NotAllowed");
    // And where nobody answers, an interrupt ends it.
    let id = client.send("execute_request", asking);
    std::thread::sleep(Duration::from_millis(100));
    client.control("interrupt_request", json!({}));
    client.until_idle(&id);
    assert_eq!(client.reply().content["evalue"], "Interrupted");
    client.shut_down(false);
}

#[test]
fn bad_frames_are_dropped() {
    let mut client = Client::start();
    client.execute("echo");
    let (_, good) = frames("kernel_info_request", json!({}));
    let mut forged = good.clone();
    forged[1][0] ^= 1;
    let mut short = good.clone();
    short.truncate(3);
    for bad in [forged, short, vec![b"x".to_vec()], vec![b"<IDS|MSG>".to_vec()]] {
        client.send_raw(bad);
    }
    client.send("kernel_info_request", json!({}));
    assert_eq!(client.reply().kind, "kernel_info_reply");
    client.shut_down(false);
}
