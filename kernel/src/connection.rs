//! The connection file a front end hands to the kernel it starts.

use serde_json::Value;
use std::path::Path;

/// Where to listen, and the key that signs messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `tcp` or `ipc`.
    pub transport: String,
    pub ip: String,
    pub shell: u64,
    pub iopub: u64,
    pub stdin: u64,
    pub control: u64,
    pub heartbeat: u64,
    /// The key of the signatures. If it is empty, messages are not signed.
    pub key: String,
}

/// Leaves the key out, which is a secret.
impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({}://{}, shell {})", self.transport, self.ip, self.shell)
    }
}

impl Connection {
    /// # Errors
    /// The reason why the file cannot be used.
    pub fn read(path: &Path) -> Result<Connection, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Connection::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// # Errors
    /// The reason why the text is no connection file.
    pub fn parse(text: &str) -> Result<Connection, String> {
        let file: Value = serde_json::from_str(text).map_err(|e| format!("no connection file of Jupyter: {e}"))?;
        let word = |key: &str, default: &str| file[key].as_str().unwrap_or(default).to_string();
        let port = |key: &str| file[key].as_u64().ok_or_else(|| format!("`{key}` is missing or no number"));
        let scheme = word("signature_scheme", "hmac-sha256");
        let key = word("key", "");
        if !key.is_empty() && scheme != "hmac-sha256" {
            return Err(format!("messages are signed by {scheme}; only hmac-sha256 is known here"));
        }
        if ["curve_publickey", "curve_secretkey"].iter().any(|k| file[*k].as_str().is_some_and(|v| !v.is_empty())) {
            return Err("the connection is to be encrypted by CURVE, which is not known here".into());
        }
        let transport = word("transport", "tcp");
        if transport != "tcp" && transport != "ipc" {
            return Err(format!("`{transport}` is no transport; `tcp` and `ipc` are"));
        }
        Ok(Connection {
            transport,
            ip: word("ip", "127.0.0.1"),
            shell: port("shell_port")?,
            iopub: port("iopub_port")?,
            stdin: port("stdin_port")?,
            control: port("control_port")?,
            heartbeat: port("hb_port")?,
            key,
        })
    }

    /// The address of one channel.
    pub(crate) fn address(&self, port: u64) -> String {
        match self.transport.as_str() {
            "ipc" => format!("ipc://{}-{port}", self.ip),
            // Jupyter's word for all interfaces.
            _ if self.ip == "*" => format!("tcp://0.0.0.0:{port}"),
            _ => format!("tcp://{}:{port}", self.ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5,
        "ip": "127.0.0.1", "key": "k", "transport": "tcp", "signature_scheme": "hmac-sha256", "kernel_name": "rastra"}"#;

    #[test]
    fn files() {
        let connection = Connection::parse(FILE).unwrap();
        assert_eq!((connection.shell, connection.heartbeat), (1, 5));
        assert_eq!(connection.address(7), "tcp://127.0.0.1:7");
        assert_eq!(Connection { ip: "*".into(), ..connection.clone() }.address(7), "tcp://0.0.0.0:7");
        assert!(!format!("{connection:?}").contains('k'.to_string().repeat(2).as_str()));
        for (from, to, why) in [
            ("hmac-sha256", "hmac-md5", "signed by hmac-md5"),
            ("\"hb_port\": 5", "\"hb_port\": \"x\"", "`hb_port`"),
            ("\"transport\": \"tcp\"", "\"transport\": \"udp\"", "`udp`"),
            ("\"kernel_name\"", "\"curve_secretkey\"", "CURVE"),
            ("{", "", "no connection file"),
        ] {
            let error = Connection::parse(&FILE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
