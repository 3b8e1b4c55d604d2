//! Keeps secrets out of messages: what libraries say may hold addresses with tokens in them.

/// A text in which every address has lost its user, password and query.
pub(crate) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // What begins a name for GDAL says nothing to a reader.
    let text = text.replace("/vsipool/", "/");
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        out.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || "`'\"<>)}".contains(c)).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        let plain = address.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = plain.find('/').map_or((plain, ""), |slash| plain.split_at(slash));
        out.push_str(authority.rsplit('@').next().unwrap_or(authority));
        out.push_str(path);
        rest = after;
    }
    out + rest
}
