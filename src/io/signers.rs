//! Who signs requests to servers: tokens from the environment or a token server, kept and renewed here.
//!
//! **Invariant:** plans, specs and names of files say which signer, never with what. A token leaves this room only as a
//! [`Secret`], on its way into a request.

mod oauth;
mod pc;
mod vault;

use super::remote::address::{self, CDSE_HOSTS, EARTHDATA_HOSTS};
use super::remote::{Credentials, Retries, Secret};
use super::remote::{Failure, Request, http};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::defaults::said;
use crate::plan::Signer;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A signer, and the server that a token from the user's environment is meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signing {
    pub signer: Signer,
    /// The host of the address that is loaded; of a local document none, and then every host is.
    home: Option<String>,
}

impl Signing {
    /// `start` is what is loaded: a path or an address.
    pub(crate) fn new(signer: Signer, start: &str) -> Signing {
        Signing { signer, home: address::host(start).map(bare).map(str::to_string) }
    }

    /// Whether requests for an address, or a name GDAL opens, are signed. A token is shown to no other server.
    fn covers(&self, name: &str) -> bool {
        let http = name.strip_prefix("/vsicurl/").unwrap_or(name);
        let host = bare(address::host(http).unwrap_or_default());
        let web = http.starts_with("https://") || (http.starts_with("http://") && is_loopback(host));
        let ends = |hosts: &[&str]| {
            let below = |h: &&str| host == *h || host.strip_suffix(*h).is_some_and(|rest| rest.ends_with('.'));
            web && (hosts.iter().any(below) || is_loopback(host))
        };
        match self.signer {
            Signer::None => false,
            Signer::RequesterPays => name.starts_with("/vsis3/") || name.starts_with("s3://"),
            Signer::Pc => pc::container(http).is_some(),
            Signer::Earthdata => ends(&EARTHDATA_HOSTS),
            Signer::Cdse => ends(&CDSE_HOSTS),
            Signer::Bearer => {
                let named = std::env::var("RASTRA_BEARER_HOSTS").unwrap_or_default();
                let mut named = named.split([',', ' ']).filter(|h| !h.is_empty());
                web && (self.home.as_deref().is_none_or(|home| home == host) || named.any(|h| ends(&[h])))
            }
        }
    }

    /// A name that GDAL's room opens with this signer; names that need none stay as they are.
    pub(crate) fn name(&self, gdal: &str) -> String {
        if self.covers(gdal) { format!("{}{}{gdal}", address::SIGNED, self.signer.word()) } else { gdal.to_string() }
    }
}

impl Credentials for Signing {
    fn signer(&self) -> Signer {
        self.signer
    }

    fn retries(&self) -> Retries {
        retries()
    }

    fn header(&self, url: &str) -> Result<Option<Secret>> {
        match self.signer {
            Signer::Earthdata | Signer::Cdse | Signer::Bearer if self.covers(url) => bearer(self.signer).map(Some),
            _ => Ok(None),
        }
    }

    fn forget(&self, url: &str, asked: Instant) -> bool {
        self.covers(url) && forget(self.signer, url, asked)
    }
}

/// As GDAL's options say, for every request.
pub(crate) fn retries() -> Retries {
    let delay = said("GDAL_HTTP_RETRY_DELAY").parse().ok().filter(|seconds| (0.0..3600.0).contains(seconds));
    let first = Duration::from_secs_f64(delay.unwrap_or(0.5));
    Retries { most: said("GDAL_HTTP_MAX_RETRY").parse().unwrap_or(4), first }
}

/// The answer of a token server, whose requests nobody signs.
fn asked(request: &Request) -> Result<String, Failure> {
    http::send_apart(request, &Signing::default())
}

/// The `Authorization` of the signers that have one.
pub(crate) fn bearer(signer: Signer) -> Result<Secret> {
    let token = vault::token(&vault::Key::Bearer(signer))?;
    Ok(Secret::new(format!("Bearer {}", token.expose())))
}

/// A name with what the Planetary Computer wants in the query of its addresses.
pub(crate) fn with_sas(name: &str) -> Result<Secret> {
    let Some((from, to)) = web_part(name) else { return Ok(Secret::new(name)) };
    let url = &name[from..to];
    let Some(container) = pc::container(url) else { return Ok(Secret::new(name)) };
    let token = vault::token(&vault::Key::Container(container))?;
    let mark = if url.contains('?') { '&' } else { '?' };
    Ok(Secret::new(format!("{}{mark}{}{}", &name[..to], token.expose(), &name[to..])))
}

/// Drops the token of a name or address, which was refused to a request begun at `asked`; whether another may be had.
pub(crate) fn forget(signer: Signer, name: &str, asked: Instant) -> bool {
    match signer {
        Signer::None | Signer::RequesterPays => false,
        Signer::Pc => web_part(name)
            .and_then(|(from, to)| pc::container(&name[from..to]))
            .is_some_and(|container| vault::forget(&vault::Key::Container(container), asked)),
        Signer::Earthdata | Signer::Cdse | Signer::Bearer => vault::forget(&vault::Key::Bearer(signer), asked),
    }
}

/// Where the web address in a name begins and ends: in the name of an archive it stands in braces.
fn web_part(name: &str) -> Option<(usize, usize)> {
    let from = name.find("https://").or_else(|| name.find("http://"))?;
    Some((from, name[from..].find('}').map_or(name.len(), |at| from + at)))
}

fn bare(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// What is sent there stays on this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a token server said that cannot be used, without what it said.
fn unusable(what: &str, why: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::REMOTE, format!("{what} gives no token")).cause(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shown_to_their_servers_only() {
        let blob = "/vsicurl/https://acc.blob.core.windows.net/box/a.tif";
        let cases = [
            (Signer::Pc, "", blob, true),
            (Signer::Pc, "", "/vsicurl/https://acc.blob.core.windows.net.evil.org/box/a.tif", false),
            (Signer::Pc, "", "/vsicurl/https://acc.blob.core.windows.net/box/a.tif?sv=1&sig=mine", false),
            (Signer::Earthdata, "", "/vsicurl/https://data.lpdaac.earthdatacloud.nasa.gov/a.tif", true),
            (Signer::Earthdata, "", "/vsicurl/http://data.lpdaac.earthdatacloud.nasa.gov/a.tif", false),
            (Signer::Earthdata, "", "/vsicurl/https://notnasa.gov/a.tif", false),
            (Signer::Earthdata, "", "/vsicurl/https://nasa.gov@evil.org/a.tif", false),
            (Signer::Earthdata, "", "/vsicurl/http://127.0.0.1:8000/a.tif", true),
            (Signer::Cdse, "", "/vsicurl/https://zipper.dataspace.copernicus.eu/odata/a", true),
            (Signer::Bearer, "https://stac.org/v1", "/vsicurl/https://stac.org:443/a.tif", true),
            (Signer::Bearer, "https://stac.org/v1", "/vsicurl/https://elsewhere.org/a.tif", false),
            (Signer::Bearer, "https://stac.org/v1", "/vsicurl/http://stac.org/a.tif", false),
            (Signer::Bearer, "items.json", "/vsicurl/https://anywhere.org/a.tif", true),
            (Signer::RequesterPays, "", "/vsis3/usgs-landsat/a.tif", true),
            (Signer::RequesterPays, "", "/vsicurl/https://h/a.tif", false),
            (Signer::None, "", blob, false),
        ];
        for (signer, start, name, covered) in cases {
            let signing = Signing::new(signer, start);
            assert_eq!(signing.covers(name), covered, "{signer:?} {name}");
            let marked = signing.name(name);
            assert_eq!(address::split_signer(&marked), (if covered { signer } else { Signer::None }, name.into()));
            assert_eq!(address::is_remote(&marked), address::is_remote(name));
        }
        let wrapped = format!("/vsizip/{{{}}}/a.tif", Signing::new(Signer::Pc, "").name(blob));
        assert_eq!(address::split_signer(&wrapped), (Signer::Pc, format!("/vsizip/{{{blob}}}/a.tif").into()));
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("abc")), "***");
    }
}
