//! Pictures as other programs read them: the frames, times and loops of animations, and figures as PDF and SVG.

use crate::support::{root, run_in};
use rastra::Session;
use rastra::inside::{Animation, AnimationFormat, Frame, Timing};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn python(script: &str, args: &[&Path]) {
    let mut python = Command::new(root().join(".venv/bin/python"));
    let ran = python.env("PYTHONDONTWRITEBYTECODE", "1").arg(root().join(script)).args(args).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// The browser that pages are opened in.
fn browser() -> PathBuf {
    let places: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)))
        .find(|path| path.is_file());
    browser.expect("Chromium is missing: `./setup.sh test` installs it and runs this")
}

fn pillow(what: &str, folder: &Path) {
    python("tests/oracle/animations.py", &[what.as_ref(), folder]);
}

/// The rain of `examples/data` animated, up to where it is saved.
fn save(rest: &str) {
    let mut session = Session::new();
    session.set_base(root());
    let ran = run_in(&mut session, &format!("load files \"examples/data/rain/*.tif\" | {rest}"));
    assert!(ran.failed.is_empty(), "{}", ran.text);
}

#[test]
fn others_see_the_same_frames() {
    const SIZE: (u32, u32) = (40, 30);
    // A wave in 199 colors goes over the picture, and a hole over the wave; the upper rows stay.
    let palette: Vec<[u8; 4]> = (0..199).map(|i| [i, 255 - i, i / 2, 255]).chain([[0; 4]]).collect();
    let pixel = |frame: u32, x: u32, y: u32| match (y, x.abs_diff(3 * frame) + y.abs_diff(15)) {
        (6.., 0..5) => [0; 4],
        (0..6, _) => palette[(x * y) as usize % 199],
        _ => palette[((x + 2 * frame) * (y + 1)) as usize % 199],
    };
    let frame = |n: u32| (0..SIZE.1).flat_map(move |y| (0..SIZE.0).flat_map(move |x| pixel(n, x, y)));
    let frames: Vec<Vec<u8>> = (0..12).map(|n| frame(n).collect()).collect();
    // Three hundredths of a second and a third.
    let timing = Timing { frames: 12, fps: 30.0, repeat: true };
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("a.png", AnimationFormat::Apng), ("a.gif", AnimationFormat::Gif)] {
        let mut file = fs::File::create(folder.path().join(name)).unwrap();
        let mut animation = Animation::new(format, &mut file, SIZE, timing, Some(palette.clone())).unwrap();
        for rgba in &frames {
            animation.push(&Frame { width: SIZE.0, height: SIZE.1, rgba }).unwrap();
        }
        animation.finish().unwrap();
    }
    fs::write(folder.path().join("frames.rgba"), frames.concat()).unwrap();
    let about = serde_json::json!({ "frames": 12, "fps": 30.0, "width": SIZE.0, "height": SIZE.1 });
    fs::write(folder.path().join("about.json"), about.to_string()).unwrap();
    pillow("frames", folder.path());
}

#[test]
fn what_is_animated_is_the_same_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [("apng", "a.png"), ("gif", "a.gif")] {
        let path = folder.path().join(name);
        save(&format!(
            "resample 1mo sum | mask rain < 20 | animate fps 2 once size 300 260 | save {format} \"{}\"",
            path.display()
        ));
    }
    pillow("same", folder.path());
}

#[test]
fn the_player_steps_and_plays_in_a_browser() {
    let browser = browser();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    save(&format!("head 5 | animate fps 4 size 200 160 | save html \"{}\"", page.display()));
    python("tests/notebook/player.py", &[&page, &browser]);
}

/// A figure looks the same as PNG, as PDF drawn by PDFium and as SVG drawn by a browser: maps with transparent pixels,
/// hatches and upright letters, charts with shaded ground, in a size on paper.
#[test]
fn figures_as_pdf_and_svg_look_like_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for program in [
        "resample 1mo sum | mask rain < 20 | plot coast scale_bar hatch rain > 60 title \"Rain\" size 900 420",
        "reduce [mean p10 p90] over space | plot y mean shade [p10 p90] theme print size 80mm 60mm dpi 192",
    ] {
        for (format, more) in [("png", ""), ("pdf", ""), ("svg", " letters paths")] {
            save(&format!("{program} | save {format} \"{}\"{more} overwrite", path(format).display()));
        }
        python("tests/oracle/pages.py", &[&path("png"), &path("pdf"), &path("svg"), &browser()]);
    }
}
