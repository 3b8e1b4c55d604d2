//! The Planetary Computer: its files lie in containers of Azure, each opened by a signature from its token server.

use super::vault::Token;
use super::{asked, unusable, variable};
use crate::cube::time::parse_rfc3339;
use crate::diagnostic::Result;
use crate::io::remote::{Request, Secret, address};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SERVER: &str = "https://planetarycomputer.microsoft.com/api/sas/v1/token";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Container {
    account: String,
    name: String,
}

/// The container of an address; nothing for other servers and for addresses that are signed already.
pub(super) fn container(url: &str) -> Option<Container> {
    let account = address::host(url)?.strip_suffix(".blob.core.windows.net")?;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let name = path.split_once("://")?.1.split('/').nth(1).filter(|name| !name.is_empty())?;
    let signed = query.split('&').any(|part| part.starts_with("sig="));
    (!signed).then(|| Container { account: account.into(), name: name.into() })
}

/// Asks the server named by `PC_SDK_SAS_URL`, with `PC_SDK_SUBSCRIPTION_KEY` where there is one.
pub(super) fn token(container: &Container) -> Result<Token> {
    let server = variable("PC_SDK_SAS_URL").unwrap_or(SERVER.into());
    let mut request =
        Request::get(format!("{}/{}/{}", server.trim_end_matches('/'), container.account, container.name));
    if let Some(key) = variable("PC_SDK_SUBSCRIPTION_KEY") {
        request.headers.push(("ocp-apim-subscription-key".into(), Secret::new(key)));
    }
    let text = asked(&request)?;
    let what = format!("the Planetary Computer's token server, asked for `{}/{}`,", container.account, container.name);
    let answer: Value = serde_json::from_str(&text).map_err(|_| unusable(&what, "its answer is not JSON"))?;
    let field = |name: &str| answer.get(name).and_then(Value::as_str);
    let token = field("token").ok_or_else(|| unusable(&what, "its answer has no `token`"))?;
    let end = field("msft:expiry").and_then(parse_rfc3339);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let lives = end.map(|end| Duration::from_micros(end.0.max(0) as u64).saturating_sub(now));
    Ok(Token { secret: Secret::new(token.trim_start_matches('?')), lives, refresh: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers() {
        let of = |url: &str| container(url).map(|c| (c.account, c.name));
        let named = |a: &str, b: &str| Some((a.to_string(), b.to_string()));
        assert_eq!(
            of("https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/a/b.tif"),
            named("sentinel2l2a01", "sentinel2-l2")
        );
        assert_eq!(of("https://acc.blob.core.windows.net/box/a.tif?x=1"), named("acc", "box"));
        assert_eq!(of("https://acc.blob.core.windows.net/box/a.tif?sv=1&sig=abc"), None);
        assert_eq!(of("https://acc.blob.core.windows.net/"), None);
        assert_eq!(of("https://acc.example.org/box/a.tif"), None);
    }
}
