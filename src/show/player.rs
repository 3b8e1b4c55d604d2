//! Pictures as HTML: parts of a page and whole pages. They say what lies under the pointer, and an animation has a
//! player; without scripts it is a moving picture.

use super::html::escape;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

const PLAYER: &str = include_str!("player.js");
const STILL: &str = include_str!("still.js");
/// What both scripts begin with.
const POINTED: &str = include_str!("pointed.js");

/// A part of a page: the animated PNG, and a script that takes it apart and adds buttons, a slider and keys. `labels`
/// are the labels of the frames; `seen` says what colors stand for, as JSON. Where scripts do not run, only the moving
/// picture is seen.
pub(crate) fn fragment(
    apng: &[u8],
    labels: &[String],
    fps: f64,
    repeat: bool,
    alt: &str,
    seen: Option<&Value>,
) -> String {
    let labels = json(&labels);
    let seen = json(&seen);
    element(apng, alt, "role=\"group\" tabindex=\"0\" data-lm-suppress-shortcuts=\"true\"", |id| {
        format!("{}(\"{id}\", {labels}, {fps}, {repeat}, {seen});", script(PLAYER))
    })
}

/// A part of a page: a still picture that says what lies under the pointer, where that is known.
pub(crate) fn still(png: &[u8], alt: &str, seen: Option<&Value>) -> String {
    match seen {
        Some(seen) => {
            element(png, alt, "role=\"figure\"", |id| format!("{}(\"{id}\", {});", script(STILL), json(seen)))
        }
        None => image(png, &escape(alt.trim_end())),
    }
}

/// A picture in an element of a name of its own, and the script that looks for it.
fn element(png: &[u8], alt: &str, attributes: &str, script: impl Fn(&str) -> String) -> String {
    let mut hasher = DefaultHasher::new();
    png.hash(&mut hasher);
    let id = format!("{:016x}", hasher.finish());
    let alt = escape(alt.trim_end());
    format!(
        "<div data-rastra=\"{id}\" aria-label=\"{alt}\" {attributes} \
         style=\"display:inline-block;vertical-align:top;max-width:100%;outline-offset:2px\">{}</div>\n\
         <script>\n{}\n</script>",
        image(png, &alt),
        script(&id),
    )
}

fn image(png: &[u8], alt: &str) -> String {
    let data = BASE64_STANDARD.encode(png);
    // Missing pixels are transparent, and a page may be dark.
    let style = "display:block;max-width:100%;background:#fff";
    format!("<img alt=\"{alt}\" style=\"{style}\" src=\"data:image/png;base64,{data}\">")
}

/// As JSON in which nothing ends the script element.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into()).replace('<', "\\u003c")
}

/// A script without its comments and indentation, with what both begin with.
fn script(of: &str) -> String {
    let bare = |text: &str| {
        let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    bare(&of.replace("// pointed.js", &bare(POINTED)))
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
        let page = fragment(b"x", &["</script><b>".into(), "a\"b".into()], 2.5, true, "<alt>", None);
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("[\"\\u003c/script>\\u003cb>\",\"a\\\"b\"], 2.5, true, null);"), "{page}");
        assert!(page.contains("alt=\"&lt;alt&gt;\""));
    }

    #[test]
    fn a_page_has_a_title() {
        assert!(super::page("a & b", "").contains("<title>a &amp; b</title>"));
    }
}
