//! Bearer tokens: NASA's Earthdata, the Copernicus Data Space, and one the user brings.

use super::vault::Token;
use super::{asked, unusable, variable};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::http::Body;
use crate::io::remote::{Request, Secret};
use crate::plan::Signer;
use serde_json::Value;
use std::time::Duration;

const EARTHDATA: &str = "https://urs.earthdata.nasa.gov/api/users/find_or_create_token";
const CDSE: &str = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token";
/// How long a token from a file is used before the file is read again.
const FROM_FILE: Duration = Duration::from_secs(120);

pub(super) fn token(signer: Signer, refresh: Option<Secret>) -> Result<Token> {
    match signer {
        Signer::Earthdata => earthdata(),
        Signer::Cdse => cdse(refresh),
        _ => own(),
    }
}

/// The token in `RASTRA_BEARER_TOKEN`, or in the file that `RASTRA_BEARER_TOKEN_FILE` names, which others may renew.
fn own() -> Result<Token> {
    if let Some(token) = variable("RASTRA_BEARER_TOKEN") {
        return Ok(fixed(token));
    }
    let Some(path) = variable("RASTRA_BEARER_TOKEN_FILE") else {
        return Err(lacking("bearer", "set RASTRA_BEARER_TOKEN, or RASTRA_BEARER_TOKEN_FILE to a file that holds it"));
    };
    let token = std::fs::read_to_string(&path)
        .map_err(|e| Diagnostic::new(codes::UNREADABLE, format!("the token file `{path}` cannot be read")).cause(e))?;
    Ok(Token { lives: Some(FROM_FILE), ..fixed(token) })
}

/// `EARTHDATA_TOKEN` or `EARTHDATA_PAT`, else one for `EARTHDATA_USERNAME` and `EARTHDATA_PASSWORD`.
fn earthdata() -> Result<Token> {
    if let Some(token) = variable("EARTHDATA_TOKEN").or_else(|| variable("EARTHDATA_PAT")) {
        return Ok(fixed(token));
    }
    let (Some(user), Some(password)) = (variable("EARTHDATA_USERNAME"), variable("EARTHDATA_PASSWORD")) else {
        return Err(lacking("earthdata", "set EARTHDATA_TOKEN, or EARTHDATA_USERNAME and EARTHDATA_PASSWORD"));
    };
    let request = Request {
        url: variable("EARTHDATA_TOKEN_URL").unwrap_or(EARTHDATA.into()),
        body: Body::Form(Vec::new()),
        headers: vec![("authorization".into(), Secret::basic(&format!("{user}:{password}")))],
    };
    // Such a token lives for sixty days, and says only on which day it ends.
    Ok(Token { lives: Some(Duration::from_secs(24 * 3600)), ..answered(&request, "Earthdata's token server")? })
}

/// For `CDSE_USERNAME` and `CDSE_PASSWORD`; the next ones for what came with the first.
fn cdse(refresh: Option<Secret>) -> Result<Token> {
    let url = variable("CDSE_TOKEN_URL").unwrap_or(CDSE.into());
    let plain = |text: &str| Secret::new(text);
    let client = ("client_id", plain("cdse-public"));
    let what = "the token server of the Copernicus Data Space";
    if let Some(refresh) = refresh {
        let fields = vec![("grant_type", plain("refresh_token")), client.clone(), ("refresh_token", refresh)];
        let request = Request { url: url.clone(), body: Body::Form(fields), headers: Vec::new() };
        // One that has ended itself leaves the password.
        if let Ok(token) = answered(&request, what) {
            return Ok(token);
        }
    }
    let (Some(user), Some(password)) = (variable("CDSE_USERNAME"), variable("CDSE_PASSWORD")) else {
        return Err(lacking("cdse", "set CDSE_USERNAME and CDSE_PASSWORD"));
    };
    let fields = vec![
        ("grant_type", plain("password")),
        client,
        ("username", Secret::new(user)),
        ("password", Secret::new(password)),
    ];
    answered(&Request { url, body: Body::Form(fields), headers: Vec::new() }, what)
}

/// The answer of a token server.
fn answered(request: &Request, what: &str) -> Result<Token> {
    let text = asked(request).map_err(|failure| {
        let signed_out = matches!(failure.status(), Some(400 | 401 | 403));
        let mut told: Box<Diagnostic> = failure.into();
        if signed_out {
            told.message = format!("{what} does not accept the user name and password");
            told.help.clear();
        }
        told
    })?;
    let answer: Value = serde_json::from_str(&text).map_err(|_| unusable(what, "its answer is not JSON"))?;
    let field = |name: &str| answer.get(name).and_then(Value::as_str);
    let token = field("access_token").ok_or_else(|| unusable(what, "its answer has no `access_token`"))?;
    let lives = answer.get("expires_in").and_then(Value::as_f64).filter(|s| *s > 0.0 && s.is_finite());
    Ok(Token {
        secret: Secret::new(token),
        lives: lives.map(Duration::from_secs_f64),
        refresh: field("refresh_token").map(Secret::new),
    })
}

fn fixed(token: String) -> Token {
    Token { secret: Secret::new(token.trim()), lives: None, refresh: None }
}

fn lacking(signer: &str, way_out: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::REMOTE, format!("there is no token for `sign {signer}`")).help(way_out)
}
