//! Golden pictures: `pictures/*.png` are what the programs here draw, compared pixel by pixel.
//!
//! `UPDATE=1 cargo test pictures` draws them anew; look at each that changed before it is committed.

use crate::support::{root, run_in};
use rastra::Session;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

/// Name and program. Data are made up or lie in `examples/data`.
const PICTURES: &[(&str, &str)] = &[
    // Each color scale over the same values, 0 to 35 and far beyond.
    ("linear", "ramp 1 6 | plot size 300 260"),
    ("power", "ramp 1 6 | plot gamma 0.4 size 300 260"),
    ("log", "ramp 1 6 | map v = 10 ^ (v / 10) | plot scale log cmap magma size 300 260"),
    (
        "symlog",
        "ramp 1 6 | map v = (v - 27) ^ 3 | plot scale symlog threshold 10 linear_width 0.5 cmap PuOr size 300 260",
    ),
    ("midpoint", "ramp 1 6 | map v = v - 10 | plot scale midpoint center 0 cmap RdBu_r size 300 260"),
    ("boundary", "ramp 1 6 | plot scale boundary levels [0 5 10 30 50] cmap YlGn size 300 260"),
    ("levels", "ramp 1 6 | plot levels 6 cmap cividis colorbar bottom size 300 260"),
    ("center", "ramp 1 6 | map v = v - 10 | plot center 0 size 300 260"),
    ("robust", "ramp 1 6 | map v = if(v == 55, 1000, v) | plot robust size 300 260"),
    (
        "range",
        "ramp 1 6 | plot range 10..40 extend both ticks 5 precision 1 missing_color gray exclude [22 33] size 300 260",
    ),
    ("own_colors", "ramp 1 6 | plot colors [white \"#ff8000\" black] colorbar none title \"Own colors\" size 300 260"),
    // Classes.
    (
        "classes",
        "ramp 1 6 | map c = floor(v / 20) | plot legend [0 water 1 forest 2 \"bare soil\"] colors [blue green tan] size 300 260",
    ),
    ("qualitative", "ramp 1 6 | map c = floor(v / 10) | plot cmap Set2 colorbar bottom size 300 260"),
    // What is on a map.
    ("values", "ramp 1 4 | plot values title \"Values\" title_size 15 size 300 260"),
    (
        "overlay",
        "load files \"examples/data/rain/*.tif\" | sum | plot cmap YlGnBu outline \"examples/data/basin.geojson\" outline_color red outline_width 2 size 400 320",
    ),
    (
        "points",
        "ramp 1 6 | plot points \"examples/data/stations.csv\" labels station point_color orange point_size 10 point_label_color white size 300 260",
    ),
    ("rgb", "ramp 1 6 | map r = v * 4, g = 200 - v * 4, b = v | plot rgb [r g b] range 0..255 size 300 260"),
    // The world around the data.
    (
        "robinson",
        "ramp 1 2 | reproject EPSG:4326 bounds -180 -90 180 90 res 5 | map v = lat * 2 + lon | plot coast graticule projection robinson cmap RdBu_r size 420 240",
    ),
    (
        "polar",
        "ramp 1 2 | reproject EPSG:4326 bounds 0 50 360 90 res 2 | map v = lat | plot coast graticule projection polar cmap Blues size 320 260",
    ),
    (
        "conic",
        "ramp 1 2 | reproject EPSG:4326 bounds -12 35 35 65 res 2 | map v = lon, p = lat - 40 | plot coast borders graticule projection lambert scale_bar north_arrow inset hatch p < 8 size 520 420",
    ),
    (
        "degrees",
        "ramp 1 2 | reproject EPSG:4326 bounds 160 -60 200 -20 res 2 | map v = lon | plot coast coast_color white graticule size 300 260",
    ),
    // Several maps.
    ("facets", "ramp 6 5 | plot columns 3 title \"Six months\" size 480 360"),
    ("bands", "ramp 2 5 | map low = v, high = v * 100 | plot size 520 400"),
    // What is hard to draw.
    ("constant", "ramp 1 3 | map v = 7 | plot size 300 260"),
    ("all_missing", "ramp 1 3 | mask v >= 0 | plot size 300 260"),
    ("one_pixel", "ramp 1 1 | plot size 300 260"),
    ("wide", "ramp 1 40 | head 1 | crop bbox 500000 4999990 500400 5000000 | plot size 400 160"),
    // Charts.
    (
        "many_lines",
        "ramp 6 4 | reduce [min p10 p20 p30 p40 median p60 p70 p80 p90 max mean] over space | plot size 480 320",
    ),
    (
        "lines",
        "load files \"examples/data/rain/*.tif\" | reduce [mean max] over space | plot title \"Rain\" size 480 300",
    ),
    ("groups", "ramp 12 3 | groupby season mean | reduce mean over space | plot size 400 260"),
    ("gaps", "ramp 12 3 | mask month(time) in [3 4 8] | reduce mean over space | plot range 0..1200 size 400 260"),
    (
        "bars",
        "load files \"examples/data/rain/*.tif\" | sum | zonal \"examples/data/basin.geojson\" [mean max] | plot size 300 260",
    ),
    (
        "shade",
        "ramp 24 40 | mask month(time) == 3 | reduce [mean p10 p90] over space | plot y mean shade [p10 p90] size 400 260",
    ),
    ("missing_step", "ramp 12 3 | filter month(time) not in [5 6] | mean over space | plot size 400 260"),
    ("sums", "load files \"examples/data/rain/*.tif\" | sum over space | plot marks bars size 400 260"),
    ("months", "ramp 24 3 bands [rain snow] | groupby month mean | mean over space | plot marks points size 400 260"),
    // Looks.
    ("dark", "ramp 2 5 | plot theme dark graticule title \"At night\" size 420 260"),
    ("print", "ramp 6 3 | mean over space | plot theme print size 60mm 40mm dpi 150"),
    (
        "fine",
        "ramp 1 2 | reproject EPSG:4326 bounds -12 35 35 65 res 2 | map v = lon | plot coast scale_bar hatch v > 20 size 80mm 60mm dpi 192",
    ),
    ("histogram", "load files \"examples/data/rain/*.tif\" | where rain > 0 | hist bins 20 size 400 260"),
    ("histograms", "ramp 1 9 | map a = v, b = v ^ 2 | hist bins 8 size 520 260"),
];

/// Colors may differ by so much, in so many of a thousand pixels: floats are not the same to the last bit everywhere.
const COLOR: u8 = 3;
const PER_MILLE: usize = 1;

struct Picture {
    size: (u32, u32),
    rgba: Vec<u8>,
}

fn decode(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut rgba = vec![0; reader.output_buffer_size().expect("its size is known")];
    let info = reader.next_frame(&mut rgba).expect("it can be decoded");
    assert_eq!(info.color_type, png::ColorType::Rgba);
    Picture { size: (info.width, info.height), rgba }
}

/// What differs, if it can be seen: by more than this much of a color.
fn difference(a: &Picture, b: &Picture, color: u8) -> Option<String> {
    if a.size != b.size {
        return Some(format!("{:?} pixels, not {:?}", a.size, b.size));
    }
    let pixels = a.rgba.chunks_exact(4).zip(b.rgba.chunks_exact(4));
    // What is transparent in both has no color.
    let differ = |a: &[u8], b: &[u8]| (a[3] | b[3]) > 0 && a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > color);
    let count = pixels.filter(|(a, b)| differ(a, b)).count();
    let all = a.rgba.len() / 4;
    (count * 1000 > all * PER_MILLE).then(|| format!("{count} of {all} pixels differ"))
}

/// What differs between two PNGs on a page, which is white and whose pictures may have been made smaller by fewer colors.
pub(crate) fn difference_on_a_page(drawn: &[u8], stored: &[u8]) -> Option<String> {
    let on_white = |bytes: &[u8]| {
        let mut picture = decode(bytes);
        for pixel in picture.rgba.chunks_exact_mut(4) {
            let alpha = u32::from(std::mem::replace(&mut pixel[3], 255));
            pixel[..3].iter_mut().for_each(|c| *c = ((u32::from(*c) * alpha + 255 * (255 - alpha)) / 255) as u8);
        }
        picture
    };
    difference(&on_white(drawn), &on_white(stored), 4 * COLOR)
}

/// Programs name files of this folder.
fn draw(program: &str) -> Vec<u8> {
    let mut session = Session::new();
    session.set_base(root());
    let picture = session.picture(program).unwrap_or_else(|all| panic!("{program}\n{all:?}"));
    let answer = session.draw(&picture).unwrap_or_else(|d| panic!("{program}\n{d:?}"));
    answer.output.as_ref().and_then(|o| o.png()).expect("a picture").to_vec()
}

#[test]
fn pictures_look_as_they_did() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for (name, program) in PICTURES {
        let path = root().join(format!("tests/pictures/{name}.png"));
        let drawn = draw(program);
        let stored = fs::read(&path).ok();
        let why = match &stored {
            None => Some("is not stored".to_string()),
            Some(stored) => difference(&decode(&drawn), &decode(stored), COLOR),
        };
        if let Some(why) = why {
            if update {
                fs::write(&path, &drawn).unwrap();
            } else {
                let seen = std::env::temp_dir().join(format!("rastra-{name}.png"));
                fs::write(&seen, &drawn).unwrap();
                let _ = writeln!(wrong, "{name}: {why}; drawn now: {}\n{program}", seen.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_difference_is_seen() {
    let a = decode(&draw("ramp 1 6 | plot size 300 260"));
    let b = decode(&draw("ramp 1 6 | map v = if(v == 22, 40, v) | plot size 300 260"));
    assert!(difference(&a, &a, COLOR).is_none());
    assert!(difference(&a, &b, COLOR).is_some());
}

/// Every color scale beside the norm of matplotlib that it is named after, pixel by pixel.
#[test]
fn colors_are_those_of_matplotlib() {
    let script = |args: &[&str]| {
        let python = root().join(".venv/bin/python");
        let script = root().join("tests/oracle/pictures.py");
        Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(args).output().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_string_lossy().into_owned();
    let listed = script(&["list"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let programs: BTreeMap<String, String> = serde_json::from_slice(&listed.stdout).unwrap();
    assert!(programs.len() >= 10);
    for program in programs.values() {
        let mut session = Session::new();
        session.set_base(root());
        let ran = run_in(&mut session, &program.replace("OUT", &out));
        assert!(ran.failed.is_empty(), "{program}\n{}", ran.text);
    }
    let checked = script(&["check", &out]);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
}

/// Pictures nobody draws any more are no witnesses.
/// Numbers of pixels above the threshold are black and others white, whatever the color of the pixel.
#[test]
fn numbers_in_pixels_darken_above_a_threshold() {
    let folder = tempfile::tempdir().unwrap();
    for (cmap, threshold) in [("viridis", 5), ("viridis_r", 5), ("viridis", 10), ("viridis", 11), ("viridis", -1)] {
        let path = folder.path().join("numbers.svg");
        let ran = run_in(
            &mut Session::new(),
            &format!(
                "ramp 1 2 | plot values cmap {cmap} values_threshold {threshold} colorbar none size 300 260 \
                 | save svg \"{}\" overwrite",
                path.display()
            ),
        );
        assert!(ran.failed.is_empty(), "{}", ran.text);
        let svg = fs::read_to_string(&path).unwrap();
        for number in [0, 1, 10, 11] {
            let written = svg.split("<text").find(|text| text.lines().any(|line| line.trim() == number.to_string()));
            let color = if number > threshold { "#000000" } else { "#FFFFFF" };
            assert!(
                written.is_some_and(|text| text.contains(color)),
                "{number} above {threshold} on {cmap}: {written:?}"
            );
        }
    }
}

#[test]
fn stored_pictures_are_drawn() {
    for path in crate::support::tracked(&root().join("tests/pictures")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(PICTURES.iter().any(|(n, _)| *n == name), "{} belongs to no program", path.display());
    }
}
