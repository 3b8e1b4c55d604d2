//! Pictures as HTML: parts of a page and whole pages. An animation has a player; without scripts it is a moving
//! picture.

use super::html::escape;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::hash::{DefaultHasher, Hash, Hasher};

const SCRIPT: &str = include_str!("player.js");

/// A part of a page: the animated PNG, and a script that takes it apart and adds buttons, a slider and keys. `labels`
/// are the labels of the frames. Where scripts do not run, only the moving picture is seen.
pub(crate) fn fragment(apng: &[u8], labels: &[String], fps: f64, repeat: bool, alt: &str) -> String {
    let mut hasher = DefaultHasher::new();
    apng.hash(&mut hasher);
    let id = format!("{:016x}", hasher.finish());
    // A label must not end the script element.
    let labels = serde_json::to_string(labels).unwrap_or_else(|_| "[]".into()).replace('<', "\\u003c");
    let alt = escape(alt);
    format!(
        "<div data-rastra-player=\"{id}\" data-lm-suppress-shortcuts=\"true\" role=\"group\" aria-label=\"{alt}\" \
         tabindex=\"0\" style=\"display:inline-block;max-width:100%;outline-offset:2px\">\
         <img alt=\"{alt}\" style=\"display:block;max-width:100%\" src=\"data:image/png;base64,{}\"></div>\n\
         <script>\n{}(\"{id}\", {labels}, {fps}, {repeat});\n</script>",
        BASE64_STANDARD.encode(apng),
        script(),
    )
}

/// The script without its comments and indentation.
fn script() -> String {
    let lines = SCRIPT.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A part of a page: a still picture.
pub(crate) fn still(png: &[u8], alt: &str) -> String {
    format!(
        "<img alt=\"{}\" style=\"max-width:100%\" src=\"data:image/png;base64,{}\">",
        escape(alt.trim_end()),
        BASE64_STANDARD.encode(png)
    )
}

/// A whole page.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n\
         <style>:root {{ color-scheme: light dark }} body {{ margin: 1.5em; font-family: system-ui, sans-serif }}</style>\n\
         </head>\n<body>\n{body}\n</body>\n</html>\n",
        escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_label_is_script() {
        let page = fragment(b"x", &["</script><b>".into(), "a\"b".into()], 2.5, true, "<alt>");
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("[\"\\u003c/script>\\u003cb>\",\"a\\\"b\"], 2.5, true);"), "{page}");
        assert!(page.contains("alt=\"&lt;alt&gt;\""));
    }

    #[test]
    fn a_page_has_a_title() {
        assert!(super::page("a & b", "").contains("<title>a &amp; b</title>"));
    }
}
