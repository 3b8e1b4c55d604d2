//! GRIB files, made byte by byte: where their pixels lie, whatever their grid and the order in which it is listed.
//!
//! A value is the number of its point in the file, so that expected values follow from the manual on codes alone.

use crate::support::{configs, plain, printed, printed_with, run_in, session};
use std::path::Path;

/// A whole number of some bytes, whose first bit is its sign.
fn signed(value: f64, len: usize) -> Vec<u8> {
    let number = value.round().abs() as u64 | if value < 0.0 { 1 << (8 * len - 1) } else { 0 };
    number.to_be_bytes()[8 - len..].to_vec()
}

fn unsigned(value: usize, len: usize) -> Vec<u8> {
    (value as u64).to_be_bytes()[8 - len..].to_vec()
}

/// A message of the first edition: its points have the values 0, 1, 2 ..
fn first_edition(grid: &[u8], points: usize) -> Vec<u8> {
    let product: &[u8] =
        &[0, 0, 28, 3, 98, 1, 255, 0x80, 11, 105, 0, 2, 21, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
    let grid = [unsigned(grid.len() + 3, 3), grid.to_vec()].concat();
    let unused = (points + 11) % 2;
    let values: Vec<u8> = (0..points + unused).map(|point| point as u8).collect();
    let head = [unsigned(11 + values.len(), 3), vec![unused as u8 * 8, 0, 0, 0, 0, 0, 0, 8]].concat();
    let body = [product, &grid, &head, &values, b"7777"].concat();
    [b"GRIB".to_vec(), unsigned(8 + body.len(), 3), vec![1], body].concat()
}

/// A message of the second edition, of the temperature at one second since `day` began.
fn second_edition(grid: &[u8], points: usize) -> Vec<u8> {
    let section = |number: u8, body: Vec<u8>| [unsigned(body.len() + 5, 4), vec![number], body].concat();
    let identification = vec![0, 98, 0, 0, 4, 0, 1, 0x07, 0xe4, 1, 1, 0, 0, 0, 0, 1];
    let head = [vec![0], unsigned(points, 4), vec![0, 0]].concat();
    let product = [&[0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 103, 0, 0, 0, 0, 2][..], &[255; 6]].concat();
    let packing = [unsigned(points, 4), vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]].concat();
    let values = (0..points).map(|point| point as u8).collect();
    let sections = [
        section(1, identification),
        section(3, [head, grid.to_vec()].concat()),
        section(4, product),
        section(5, packing),
        section(6, vec![255]),
        section(7, values),
    ]
    .concat();
    [b"GRIB".to_vec(), vec![0, 0, 0, 2], unsigned(sections.len() + 20, 8), sections, b"7777".to_vec()].concat()
}

/// A grid in degrees of the first edition: type, columns and rows, the first and the last point, flags of scanning. What
/// stands for the step along rows is the number of parallels of a Gaussian grid.
fn degrees(
    kind: u8,
    [columns, rows]: [usize; 2],
    first: [f64; 2],
    last: [f64; 2],
    parallels: usize,
    scanning: u8,
) -> Vec<u8> {
    let point = |[lon, lat]: [f64; 2]| [signed(lat * 1e3, 3), signed(lon * 1e3, 3)].concat();
    let step = unsigned(0xffff, 2);
    let along = if parallels > 0 { unsigned(parallels, 2) } else { step.clone() };
    let size = [vec![0, 255, kind], unsigned(columns, 2), unsigned(rows, 2)].concat();
    let pole = if kind >= 10 { [signed(-40e3, 3), signed(10e3, 3), vec![0; 4]].concat() } else { Vec::new() };
    [size, point(first), vec![0x80], point(last), step, along, vec![scanning], vec![0; 4], pole].concat()
}

/// The same of the second edition: its template, and the latitudes and longitudes in millionths of a degree.
fn degrees_2(template: u8, [columns, rows]: [usize; 2], first: [f64; 2], last: [f64; 2], parallels: usize) -> Vec<u8> {
    let point = |[lon, lat]: [f64; 2]| [signed(lat * 1e6, 4), signed(lon * 1e6, 4)].concat();
    let along = if parallels > 0 { unsigned(parallels, 4) } else { vec![255; 4] };
    let earth = [vec![0, template, 6], vec![255; 15]].concat();
    let size = [unsigned(columns, 4), unsigned(rows, 4), vec![0; 4], vec![255; 4]].concat();
    [earth, size, point(first), vec![0x30], point(last), vec![255; 4], along, vec![0]].concat()
}

/// A map of 4 x 3 points, 100 km apart: its type, the first point, and the flags of scanning.
fn map(kind: u8, first: [f64; 2], south_pole: bool, scanning: u8) -> Vec<u8> {
    let size = [vec![0, 255, kind], unsigned(4, 2), unsigned(3, 2), signed(first[1] * 1e3, 3)].concat();
    let steps = [signed(first[0] * 1e3, 3), vec![8], signed(10e3, 3), unsigned(100_000, 3), unsigned(100_000, 3)];
    let flags = vec![if south_pole { 0x80 } else { 0 }, scanning];
    let parallels = [signed(45e3, 3), signed(45e3, 3), signed(-90e3, 3), signed(0.0, 3), vec![0; 2]].concat();
    let more = if kind == 3 { parallels } else { vec![0; 4] };
    [size, steps.concat(), flags, more].concat()
}

/// What a program says, also where it fails.
fn said(folder: &Path, program: &str) -> String {
    let mut session = session(&[], &plain());
    session.set_base(folder);
    run_in(&mut session, program).text
}

/// The parallels of a Gaussian grid of two between pole and equator: roots of the Legendre polynomial of degree 4.
const PARALLELS: [f64; 4] = [59.444_408_289_16, 19.875_719_147_05, -19.875_719_147_05, -59.444_408_289_16];

#[test]
fn a_gaussian_grid_is_not_regular() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let (north, south) = ([0.0, 59.444], [315.0, -59.444]);
    put("down.grb", first_edition(&degrees(4, [8, 4], north, south, 2, 0), 32));
    put("up.grb", first_edition(&degrees(4, [8, 4], [0.0, -59.444], [315.0, 59.444], 2, 0x40), 32));
    put("two.grb2", second_edition(&degrees_2(40, [8, 4], [0.0, 59.444_408], [315.0, -59.444_408], 2), 32));
    // Rows 1 to 2, columns 2 to 5.
    put("part.grb", first_edition(&degrees(4, [4, 2], [90.0, 19.876], [225.0, -19.876], 2, 0), 8));
    put("wrong.grb", first_edition(&degrees(4, [8, 4], [0.0, 50.0], [315.0, -50.0], 2, 0), 32));
    for name in ["down.grb", "up.grb", "two.grb2", "part.grb"] {
        let said = said(folder.path(), &format!("load files \"{name}\" | at lonlat 45 20"));
        assert!(said.contains("error[E0309]") && said.contains("Gaussian") && said.contains("`grid index`"), "{said}");
    }
    let said = said(folder.path(), "load files \"wrong.grb\" grid index | stats");
    assert!(said.contains("error[E0309]") && said.contains("latitudes are others"), "{said}");

    // The file's own rows are counted: the second from the north is its second or its third. At 35 degrees that is the
    // nearest, and at 30 degrees so much of a value comes from the first.
    let north = (30.0 - PARALLELS[1]) / (PARALLELS[0] - PARALLELS[1]);
    let cases = [("down.grb", 1, 9.0, -8.0), ("two.grb2", 1, 9.0, -8.0), ("up.grb", 2, 17.0, 8.0)];
    for (name, row, value, step) in cases {
        for config in configs() {
            let found = |program: &str| {
                number(&printed_with(folder.path(), &format!("load files \"{name}\" grid index | {program}"), &config))
            };
            let what = format!("{name} {}", config.name);
            assert_eq!(found(&format!("at 1 {row}")), value, "{what}");
            assert_eq!(found("reproject EPSG:4326 res 10 | at lonlat 45 35"), value, "{what}");
            let between = found("reproject EPSG:4326 res 10 anchor center method bilinear | at lonlat 90 30");
            let expected = value + 1.0 + step * north;
            assert!((between - expected).abs() < 1e-6, "{what}: {between} for {expected}");
        }
    }
    assert_eq!(number(&printed(folder.path(), "load files \"part.grb\" grid index | at 3 1")), 7.0);
}

/// The value in the last column of the one row of a table.
fn number(said: &str) -> f64 {
    let row = said.lines().find(|line| line.starts_with("19") || line.starts_with("20"));
    let last = row.and_then(|row| row.split_whitespace().last()).unwrap_or_else(|| panic!("{said}"));
    last.parse().unwrap_or_else(|_| panic!("{said}"))
}

/// The order in which points are listed moves none of them. CDO has the same places for rows, from either end; of maps it
/// leaves out what the flags say.
#[test]
fn points_lie_where_the_flags_of_scanning_say() {
    let folder = tempfile::tempdir().unwrap();
    let put = |bytes: Vec<u8>| std::fs::write(folder.path().join("points.grb"), bytes).unwrap();
    let at = |point: &str| number(&printed(folder.path(), &format!("load files \"points.grb\" | at {point}")));
    // Of 4 x 3 points: the flags, the column and the row of the first one in the south west, and of the seventh.
    let cases = [
        (0x00, [0, 2], [2, 1]),
        (0x40, [0, 0], [2, 1]),
        (0x80, [3, 2], [1, 1]),
        (0xc0, [3, 0], [1, 1]),
        (0x20, [0, 2], [2, 2]),
        (0x60, [0, 0], [2, 0]),
    ];
    for (scanning, first, seventh) in cases {
        let degree =
            |[column, row]: [i32; 2], [west, south]: [f64; 2]| [west + f64::from(column), south + f64::from(row)];
        let opposite = [3 - first[0], 2 - first[1]];
        for (kind, corner, what) in [(0, [5.0, 50.0], "lonlat "), (10, [5.0, 0.0], "")] {
            put(first_edition(
                &degrees(kind, [4, 3], degree(first, corner), degree(opposite, corner), 0, scanning),
                12,
            ));
            for (point, value) in [(first, 0.0), (seventh, 6.0), (opposite, 11.0)] {
                let [x, y] = degree(point, corner);
                assert_eq!(at(&format!("{what}{x} {y}")), value, "grid {kind} by {scanning:#x}: {x} {y}");
            }
        }
        // On a map the first point lies where it is stated, and the seventh 100 km from it for each column and row.
        for (kind, lat) in [(3, 45.0), (5, 60.0)] {
            put(first_edition(&map(kind, [5.0, lat], false, scanning), 12));
            assert_eq!(at(&format!("lonlat 5 {lat}")), 0.0, "map {kind} by {scanning:#x}");
            let own = printed(folder.path(), &format!("load files \"points.grb\" | at lonlat 5 {lat}"));
            let row: Vec<&str> = own.lines().find(|line| line.starts_with("19")).unwrap().split_whitespace().collect();
            let own: Vec<f64> = row[3..5].iter().map(|cell| cell.parse().unwrap()).collect();
            let moved = |axis: usize| own[axis] + 100e3 * f64::from(seventh[axis] - first[axis]);
            assert_eq!(at(&format!("{} {}", moved(0), moved(1))), 6.0, "map {kind} by {scanning:#x}");
        }
    }
    // All around the globe, from 0 degrees east and from 330 degrees west.
    for (scanning, first, last, value) in [(0, 0.0, 330.0, 12.0 + 5.0), (0x80, 330.0, 0.0, 12.0 + 6.0)] {
        put(first_edition(&degrees(0, [12, 3], [first, 30.0], [last, -30.0], 0, scanning), 36));
        assert_eq!(at("lonlat 150 0"), value, "by {scanning:#x}");
        assert_eq!(at("lonlat -30 30"), if scanning == 0 { 11.0 } else { 0.0 }, "by {scanning:#x}");
    }
    put(second_edition(&degrees_2(0, [4, 3], [5.0, 52.0], [8.0, 50.0], 0), 12));
    assert_eq!(at("lonlat 7 51"), 6.0);
}

#[test]
fn grids_without_places_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let lonlat = |west: f64, size: [usize; 2]| {
        let last = [west + size[0] as f64 - 1.0, 53.0 - size[1] as f64];
        first_edition(&degrees(0, size, [west, 52.0], last, 0, 0), size[0] * size[1])
    };
    let reduced =
        [degrees(4, [0xffff, 4], [0.0, 59.444], [315.0, -59.444], 2, 0), vec![0, 6, 0, 8, 0, 8, 0, 6]].concat();
    let reduced = [&reduced[..1], &[33], &reduced[2..]].concat();
    put("reduced.grb", first_edition(&reduced, 28));
    put("stretched.grb", first_edition(&degrees(20, [8, 4], [0.0, 60.0], [315.0, -60.0], 0, 0), 32));
    put("rotated.grb", first_edition(&degrees(14, [8, 4], [0.0, 59.444], [315.0, -59.444], 2, 0), 32));
    put("south.grb", first_edition(&map(5, [5.0, -60.0], true, 0), 12));
    put("regular.grb", lonlat(5.0, [4, 3]));
    put("several.grb", [lonlat(5.0, [4, 3]), lonlat(9.0, [4, 3]), lonlat(5.0, [2, 2])].concat());
    let says = |program: &str, texts: &[&str]| {
        let said = said(folder.path(), program);
        texts.iter().for_each(|text| assert!(said.contains(text), "{program}: no `{text}` in\n{said}"));
    };
    says("load files \"reduced.grb\" | stats", &["error[E0309]", "a reduced Gaussian grid", "cdo setgridtype,regular"]);
    says("load files \"stretched.grb\" | stats", &["error[E0309]", "a stretched grid"]);
    says("load files \"rotated.grb\" | stats", &["error[E0309]", "a rotated Gaussian grid"]);
    says("load files \"south.grb\" | stats", &["error[E0309]", "elsewhere than its messages say", "`grid index`"]);
    says("load files \"south.grb\" grid index | at 2 1", &[" 6\n"]);
    says("load files [\"regular.grb\" \"reduced.grb\"] on_error skip | stats", &["`reduced.grb` was passed over"]);
    says("load files \"regular.grb\" grid index | reproject EPSG:4326 res 1 | at lonlat 7 51", &[" 6\n"]);
    says("load files \"several.grb\" | stats", &["   12 ", "2 messages lie on another grid"]);
    says("load files \"regular.grb\" grid index bands_as time | stats", &["error[E0119]", "leave `bands_as time` out"]);
}
