//! Messages between processes: a head in JSON and a body of bytes, each after its length.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// The longest head: what is long goes into the body.
const LONGEST_HEAD: u32 = 64 << 20;

/// Lengths are little-endian, of 4 bytes for the head and 8 for the body.
pub(super) fn write(to: &mut dyn Write, head: &impl Serialize, body: &[u8]) -> Result<()> {
    let head = serde_json::to_vec(head)?;
    to.write_all(&(head.len() as u32).to_le_bytes())?;
    to.write_all(&head)?;
    to.write_all(&(body.len() as u64).to_le_bytes())?;
    to.write_all(body)?;
    to.flush()
}

/// The next message; nothing where the other side has closed.
pub(super) fn read<T: DeserializeOwned>(from: &mut dyn Read) -> Result<Option<(T, Vec<u8>)>> {
    let (mut first, mut length) = (Vec::new(), [0; 4]);
    // Closed between two messages is an end, amid one it is an error.
    if from.take(1).read_to_end(&mut first)? == 0 {
        return Ok(None);
    }
    length[0] = first[0];
    from.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_HEAD {
        return Err(Error::new(ErrorKind::InvalidData, "no message begins here"));
    }
    let mut head = vec![0; length as usize];
    from.read_exact(&mut head)?;
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let mut body = Vec::new();
    let length = u64::from_le_bytes(length);
    if from.take(length).read_to_end(&mut body)? as u64 != length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((serde_json::from_slice(&head)?, body)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let mut wire = Vec::new();
        write(&mut wire, &"head", b"body").unwrap();
        write(&mut wire, &"", b"").unwrap();
        let mut from = &wire[..];
        assert_eq!(read::<String>(&mut from).unwrap(), Some(("head".into(), b"body".to_vec())));
        assert_eq!(read::<String>(&mut from).unwrap(), Some((String::new(), Vec::new())));
        assert_eq!(read::<String>(&mut from).unwrap(), None);
        // Cut anywhere it is an error, not a shorter message.
        for end in 1..wire.len() - 12 {
            let mut from = &wire[..end];
            let all = std::iter::from_fn(|| read::<String>(&mut from).transpose()).collect::<Result<Vec<_>>>();
            assert!(all.is_err() || end == 22, "{end}");
        }
        assert!(read::<String>(&mut &b"\xff\xff\xff\xff..."[..]).is_err());
    }
}
