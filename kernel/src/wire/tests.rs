//! Messages that are whole, changed, or none.

use super::*;

#[allow(dead_code)]
#[path = "../../../tests/support/dice.rs"]
mod dice;

#[test]
fn round_trip() {
    for key in ["", "secret"] {
        let signer = Signer::new(key);
        let mut message =
            signer.message("execute_request", &json!({"msg_id": "p", "subshell_id": null}), json!({"code": "é"}));
        message.identities = vec![b"client".to_vec()];
        message.buffers = vec![vec![1, 2]];
        assert_eq!(signer.decode(signer.encode(&message)), Some(message));
    }
}

#[test]
fn nothing_to_say() {
    let decoded = |parts: [&[u8]; 4]| {
        let mut frames = vec![DELIMITER.to_vec(), vec![]];
        frames.extend(parts.map(<[u8]>::to_vec));
        Signer::new("").decode(frames)
    };
    let header: &[u8] = br#"{"msg_type": "x"}"#;
    let message = decoded([header, b"null", b"\"\"", b"[]"]).unwrap();
    assert_eq!([message.parent, message.metadata, message.content], [json!({}), json!({}), json!({})]);
    assert_eq!(decoded([header, b"{}", b"{}", b"{"]), None);
}

/// Frames that were changed at random are a message or none, signed or not.
#[test]
fn frames_that_were_changed() {
    let mut dice = dice::Dice::new(20261203);
    for round in 0..20_000 {
        let signer = Signer::new(if round % 2 == 0 { "" } else { "key" });
        let mut request = signer.message("execute_request", &json!({}), json!({"code": "ramp 1 2", "silent": false}));
        request.identities = vec![b"client".to_vec()];
        let mut frames = signer.encode(&request);
        let other = frames[dice.throw(frames.len())].clone();
        let at = dice.throw(frames.len());
        match dice.throw(4) {
            0 => drop(frames.remove(at)),
            1 => frames.insert(at, other),
            _ => frames[at] = dice.mutated(&frames[at], &other),
        }
        let came = signer.decode(frames);
        assert!(came.is_none_or(|message| !message.kind().is_empty()));
    }
}

#[test]
fn what_is_no_message_is_dropped() {
    let signer = Signer::new("secret");
    let good = signer.encode(&signer.message("x", &json!({}), json!({})));
    let changed = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut frames = good.clone();
        change(&mut frames);
        signer.decode(frames)
    };
    assert!(changed(|_| ()).is_some());
    assert_eq!(changed(|_| ()), None, "sent once more");
    let mut seen = Seen::default();
    assert!((0..=REMEMBERED).all(|n| seen.take(n.to_le_bytes().to_vec())));
    assert!(!seen.take(vec![1, 0, 0, 0, 0, 0, 0, 0]) && seen.take(vec![0; 8]), "the oldest is forgotten");
    assert_eq!(changed(|f| f[1][0] ^= 1), None, "another signature");
    assert_eq!(changed(|f| f[1] = b"zz".to_vec()), None, "no signature");
    assert_eq!(changed(|f| f[5] = b"{\"a\":1}".to_vec()), None, "another content");
    assert_eq!(changed(|f| f.truncate(4)), None, "too short");
    assert_eq!(changed(|f| f.clear()), None, "nothing");
    assert_eq!(changed(|f| f[0] = b"x".to_vec()), None, "no delimiter");
    assert_eq!(Signer::new("other").decode(good.clone()), None, "another key");
    let list = Signer::new("").decode(vec![
        DELIMITER.to_vec(),
        vec![],
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"{}".to_vec(),
        b"{}".to_vec(),
    ]);
    assert_eq!(list, None, "a header that is no object");
}
