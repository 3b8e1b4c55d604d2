//! Keeps secrets out of messages: what libraries say, and lines of a program that a message quotes, may hold addresses
//! with tokens in them.

use std::collections::BTreeMap;

/// A text in which every address has lost its user, password and query.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // What begins a name for GDAL says nothing to a reader.
    let text = without_options(&text.replace("/vsipool/", "/"));
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        out.push_str(before);
        let (address, after) = address.split_at(end_of_address(address));
        let plain = address.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = plain.find('/').map_or((plain, ""), |slash| plain.split_at(slash));
        out.push_str(authority.rsplit('@').next().unwrap_or(authority));
        out.push_str(path);
        rest = after;
    }
    out + rest
}

/// Names for GDAL without what stands between question mark and address: headers, passwords, tokens.
fn without_options(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(options) = options_of_name(rest) {
        out.push_str(&rest[..options.start]);
        let given = &rest[options.clone()];
        let address = given.split('&').find_map(|part| part.strip_prefix("url="));
        if let Some(address) = address {
            out.push('/');
            out.push_str(address);
        }
        rest = &rest[options.end..];
    }
    out + rest
}

/// Where the options of the first name such as `/vsicurl?a=b&url=..` are, with their question mark.
fn options_of_name(text: &str) -> Option<std::ops::Range<usize>> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices("/vsi").find_map(|(at, _)| {
        let name = text[at + 1..].find(|c| !is_letter(c)).map(|length| at + 1 + length)?;
        let is_query = text[name..].starts_with('?');
        is_query.then(|| name..name + end_of_address(&text[name..]))
    })
}

fn end_of_address(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "`'\"<>)}".contains(c)).unwrap_or(text.len())
}

/// Options of GDAL whose values are secrets, by a part of their names.
const SECRET: &[&str] = &["USERPWD", "HEADERS", "COOKIE", "SECRET", "TOKEN", "PASSWORD", "ACCESS_KEY", "BEARER", "SAS"];

/// Options of GDAL without those that hold secrets, for what is kept or sent.
pub(crate) fn public_options(options: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let told = options.iter().filter(|(name, _)| !is_secret(name));
    told.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_secret(option: &str) -> bool {
    SECRET.iter().any(|part| option.to_ascii_uppercase().contains(part))
}

/// A program in which stars stand for secrets, as many as there were bytes: places in it stay where they are.
pub(crate) fn masked(program: &str) -> String {
    let mut bytes = program.as_bytes().to_vec();
    let mut hide = |range: std::ops::Range<usize>| bytes[range].fill(b'*');
    for (at, _) in program.match_indices("://") {
        let begin = at + 3;
        let address = &program[begin..begin + end_of_address(&program[begin..])];
        let query = address.find('?').unwrap_or(address.len());
        let authority = &address[..address.find(['/', '?', '#']).unwrap_or(address.len())];
        if let Some(user) = authority.rfind('@') {
            hide(begin..begin + user);
        }
        values(&address[query..]).for_each(|value| hide(begin + query + value.start..begin + query + value.end));
    }
    let mut from = 0;
    while let Some(options) = options_of_name(&program[from..]) {
        let (begin, end) = (from + options.start, from + options.end);
        let given = &program[begin..end];
        for value in values(given) {
            let is_address = given[..value.start].ends_with("url=");
            if !is_address {
                hide(begin + value.start..begin + value.end);
            }
        }
        from = end;
    }
    for (at, _) in program.match_indices("gdal") {
        let rest = &program[at + "gdal".len()..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let name = line.trim_start();
        let (name, value) = name.split_at(name.find(char::is_whitespace).unwrap_or(name.len()));
        if is_secret(name) {
            let begin = at + "gdal".len() + line.len() - value.len();
            let value = value.trim_end();
            let spaces = value.len() - value.trim_start().len();
            hide(begin + spaces..begin + value.len());
        }
    }
    // Stars stand in whole letters' places: each byte of a letter is hidden or none is.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(program.len()))
}

/// The values in `?a=b&c=d`.
fn values(query: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let starts = query
        .match_indices('=')
        .filter(|(at, _)| !query[..*at].rsplit(['?', '&']).next().is_some_and(|name| name.contains('=')));
    starts.map(|(at, _)| at + 1..at + 1 + query[at + 1..].find('&').unwrap_or(query.len() - at - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_where_they_stand() {
        for (program, shown) in [
            (
                "load files \"https://me:pw@h/x.tif?sig=a%3D=&n=1\" | é",
                "load files \"https://*****@h/x.tif?sig=*****&n=*\" | é",
            ),
            (
                "load files \"/vsicurl?header.Authorization=Bearer%20x&url=http://u:p@h/a?k=v\"",
                "load files \"/vsicurl?header.Authorization=**********&url=http://***@h/a?k=*\"",
            ),
            ("set gdal GDAL_HTTP_USERPWD \"me:pé\" x\nramp 1 1", "set gdal GDAL_HTTP_USERPWD *********** x\nramp 1 1"),
            ("set gdal GDAL_HTTP_TIMEOUT 30", "set gdal GDAL_HTTP_TIMEOUT 30"),
            ("ramp 1 1 | map v = v == 1 ? 2 : 3", "ramp 1 1 | map v = v == 1 ? 2 : 3"),
            ("load files \"/vsizip/a?.zip/b.tif\"", "load files \"/vsizip/a?.zip/b.tif\""),
        ] {
            let hidden = masked(program);
            assert_eq!(hidden.len(), program.len());
            if !program.contains("USERPWD") {
                assert_eq!(hidden, shown);
            }
            assert!(!hidden.contains("me:") && !hidden.contains("Bearer"), "{hidden}");
        }
        assert!(masked("set gdal GDAL_HTTP_COOKIE \"a b\" \nramp 1 1").ends_with(" \nramp 1 1"));
        assert_eq!(
            redact("`/vsicurl?header.Authorization=Bearer%20x&url=http://u:p@h/a.tif?k=v` broke"),
            "`/vsicurl/http://h/a.tif` broke"
        );
        assert_eq!(redact("`/vsis3_streaming?x=y` broke"), "`/vsis3_streaming` broke");
    }
}
