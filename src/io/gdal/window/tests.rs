//! What files can do to pixels, in rasters made for it.

#![allow(clippy::unwrap_used)]

use super::super::tests::{NORTH_UP, tiff};
use super::super::{handles, raster_io};
use super::*;
use crate::cube::DType;
use gdal::raster::ColorInterpretation;

/// The bands as a cube has them, and all their pixels.
fn read(path: &str) -> (Header, Vec<Band>, Vec<Pixels>) {
    read_part(path, None)
}

fn read_part(path: &str, part: Option<(Range<usize>, Range<usize>)>) -> (Header, Vec<Band>, Vec<Pixels>) {
    handles::with(path, |dataset| {
        let header = Header::of(dataset, path)?;
        let bands: Vec<Band> =
            header.bands.iter().map(|b| b.band(format!("b{}", b.number), header.is_masked())).collect();
        let (y, x) = part.clone().unwrap_or((0..header.grid.height, 0..header.grid.width));
        let mut pixels: Vec<Pixels> = bands.iter().map(|b| Pixels::zeros(b.dtype, y.len() * x.len())).collect();
        let mut targets: Vec<Target<'_>> = (pixels.iter_mut().zip(&bands).enumerate())
            .map(|(band, (pixels, wanted))| Target { band, wanted, pixels, at: 0 })
            .collect();
        read_window(dataset, &header, y, x, &mut targets)?;
        Ok((header, bands, pixels))
    })
    .unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }
}

#[test]
fn rows_and_columns_are_turned() {
    let folder = Folder::new();
    let values: Vec<i16> = (0..12).collect();
    for (name, transform, first, part) in [
        ("north.tif", NORTH_UP, vec![0, 1, 2, 3], vec![6, 7, 10, 11]),
        ("south.tif", [10.0, 0.5, 0.0, 48.5, 0.0, 0.5], vec![8, 9, 10, 11], vec![6, 7, 2, 3]),
        ("east.tif", [12.0, -0.5, 0.0, 50.0, 0.0, -0.5], vec![3, 2, 1, 0], vec![5, 4, 9, 8]),
        ("both.tif", [12.0, -0.5, 0.0, 48.5, 0.0, 0.5], vec![11, 10, 9, 8], vec![5, 4, 1, 0]),
    ] {
        let path = folder.path(name);
        tiff::<i16>(&path, 4, &[&values], transform, &[], |_| {});
        let (header, _, pixels) = read(&path);
        assert_eq!(header.grid.transform, NORTH_UP, "{name}");
        assert_eq!(i16s(&pixels[0])[..4], first, "{name}");
        let (_, _, window) = read_part(&path, Some((1..3, 2..4)));
        assert_eq!(i16s(&window[0]), part, "{name}");
    }
}

fn i16s(pixels: &Pixels) -> Vec<i16> {
    match pixels {
        Pixels::I16(values) => values.clone(),
        other => panic!("{:?}", other.dtype()),
    }
}

#[test]
fn nodata_is_what_a_pixel_can_have() {
    let folder = Folder::new();
    let nodata = |value: f64| move |d: &mut Dataset| d.rasterband(1).unwrap().set_no_data_value(Some(value)).unwrap();
    // Digits of a float64 beside pixels of a float32.
    let path = folder.path("f32.tif");
    tiff::<f32>(&path, 2, &[&[0.1, 1.0]], NORTH_UP, &[], nodata(0.1));
    let (_, bands, pixels) = read(&path);
    assert_eq!(bands[0].nodata, Some(f64::from(0.1f32)));
    assert_eq!(pixels[0].to_f64()[0], bands[0].nodata.unwrap());
    // Out of the range of the type: marks nothing.
    let path = folder.path("u8.tif");
    tiff::<u8>(&path, 2, &[&[0, 255]], NORTH_UP, &[], nodata(-9999.0));
    let (_, bands, pixels) = read(&path);
    assert_eq!((bands[0].nodata, &pixels[0]), (None, &Pixels::U8(vec![0, 255])));
    // More digits than a float64 has.
    let path = folder.path("i64.tif");
    let odd = (1i64 << 60) + 1;
    let exact = |d: &mut Dataset| d.rasterband(1).unwrap().set_no_data_value_i64(Some(odd)).unwrap();
    tiff::<i64>(&path, 3, &[&[odd, odd - 1, 7]], NORTH_UP, &[], exact);
    let (_, bands, pixels) = read(&path);
    assert_eq!(bands[0].nodata, Some(i64::MIN as f64));
    assert_eq!(pixels[0], Pixels::I64(vec![i64::MIN, odd - 1, 7]));
}

#[test]
fn signed_bytes_keep_their_sign() {
    let folder = Folder::new();
    let path = folder.path("i8.tif");
    // Later releases have a type of its own and refuse the mark.
    let made = std::panic::catch_unwind(|| {
        tiff::<u8>(&path, 3, &[&[0x80, 0xff, 5]], NORTH_UP, &["PIXELTYPE=SIGNEDBYTE"], |d| {
            d.rasterband(1).unwrap().set_no_data_value(Some(-1.0)).unwrap()
        })
    });
    if made.is_err() {
        eprintln!("skipped: this GDAL makes no SIGNEDBYTE");
        return;
    }
    let (_, bands, pixels) = read(&path);
    if bands[0].dtype == DType::U8 {
        eprintln!("skipped: this GDAL makes no SIGNEDBYTE");
        return;
    }
    assert_eq!((bands[0].nodata, &pixels[0]), (Some(-1.0), &Pixels::I8(vec![-128, -1, 5])));
}

#[test]
fn masks_and_alpha_make_pixels_missing() {
    let folder = Folder::new();
    let path = folder.path("alpha.tif");
    tiff::<u8>(&path, 3, &[&[1, 2, 3], &[0, 9, 255]], NORTH_UP, &["ALPHA=YES"], |d| {
        d.rasterband(2).unwrap().set_color_interpretation(ColorInterpretation::AlphaBand).unwrap()
    });
    let (header, bands, pixels) = read(&path);
    assert_eq!((header.alpha.as_slice(), bands.len()), (&[2][..], 1));
    assert_eq!((bands[0].nodata, &pixels[0]), (Some(-32768.0), &Pixels::I16(vec![-32768, 2, 3])));

    let path = folder.path("mask.tif");
    tiff::<f32>(&path, 3, &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]], NORTH_UP, &[], |_| {});
    // Beside the file, as `.msk`.
    {
        let dataset = Dataset::open_ex(
            &path,
            gdal::DatasetOptions { open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE, ..Default::default() },
        )
        .unwrap();
        let mut band = dataset.rasterband(1).unwrap();
        band.create_mask_band(true).unwrap();
        let mut mask = band.open_mask_band().unwrap();
        let mut buffer = gdal::raster::Buffer::new((3, 1), vec![255u8, 0, 255]);
        mask.write((0, 0), (3, 1), &mut buffer).unwrap();
    }
    let (header, _, pixels) = read(&path);
    assert!(header.shared_mask);
    for band in &pixels {
        let values = band.to_f64();
        assert!(values[1].is_nan() && !values[0].is_nan() && !values[2].is_nan());
    }
}

#[test]
fn packed_values_come_out_physical() {
    let folder = Folder::new();
    let path = folder.path("packed.tif");
    tiff::<i16>(&path, 3, &[&[-1, 100, 200]], NORTH_UP, &[], |d| {
        let mut band = d.rasterband(1).unwrap();
        band.set_scale(0.1).unwrap();
        band.set_offset(5.0).unwrap();
        band.set_no_data_value(Some(-1.0)).unwrap();
    });
    let (_, bands, pixels) = read(&path);
    assert_eq!((bands[0].dtype, bands[0].packing.unwrap().nodata), (DType::F32, Some(-1.0)));
    let Pixels::F32(values) = &pixels[0] else { panic!("{:?}", pixels[0].dtype()) };
    assert!(values[0].is_nan() && values[1..] == [15.0, 25.0]);
}

#[test]
fn complex_pixels_are_refused_by_name() {
    let folder = Folder::new();
    let path = folder.path("complex.vrt");
    let vrt = "<VRTDataset rasterXSize=\"2\" rasterYSize=\"2\"><VRTRasterBand dataType=\"CFloat32\" band=\"1\"/></VRTDataset>";
    std::fs::write(&path, vrt).unwrap();
    let e = handles::with(&path, |d| Header::of(d, "complex.vrt")).unwrap_err();
    assert!(e.code == codes::UNSUPPORTED && e.message.contains("CFloat32"), "{e:?}");
}

/// A file that interleaves pixels is read in pieces; the pieces must come together to the same picture.
#[test]
fn pieces_make_the_whole() {
    let folder = Folder::new();
    let path = folder.path("wide.tif");
    let (width, height) = (3000, 700);
    let bands: Vec<Vec<i32>> =
        (0..4).map(|b| (0..width * height).map(|i| (i * 7 + b) as i32 % 100_003).collect()).collect();
    let views: Vec<&[i32]> = bands.iter().map(Vec::as_slice).collect();
    for tiled in [&["INTERLEAVE=PIXEL"][..], &["INTERLEAVE=PIXEL", "TILED=YES"][..]] {
        tiff::<i32>(&path, width, &views, [10.0, 1.0, 0.0, 0.0, 0.0, 1.0], tiled, |_| {});
        let (header, _, _) = read_part(&path, Some((0..1, 0..1)));
        assert!(header.interleaved && pieces(&header, &(0..height), &(0..width), 4).len() > 1);
        let (y, x) = (13..691, 5..2990);
        let (_, _, pixels) = read_part(&path, Some((y.clone(), x.clone())));
        for (band, values) in pixels.iter().zip(&bands) {
            let Pixels::I32(read) = band else { panic!("{:?}", band.dtype()) };
            let same = y.clone().enumerate().all(|(i, row)| {
                let stored = (height - 1 - row) * width;
                read[i * x.len()..(i + 1) * x.len()] == values[stored + x.start..stored + x.end]
            });
            assert!(same);
        }
    }
}

#[test]
fn markers_that_clash_are_told_of() {
    let folder = Folder::new();
    let path = folder.path("clash.tif");
    tiff::<i16>(&path, 3, &[&[0, -1, 5]], NORTH_UP, &[], |d| {
        d.rasterband(1).unwrap().set_no_data_value(Some(-1.0)).unwrap()
    });
    let read_as = |wanted: Band| {
        handles::with(&path, |dataset| {
            let header = Header::of(dataset, "clash.tif")?;
            let mut pixels = Pixels::zeros(wanted.dtype, 3);
            let target = Target { band: 0, wanted: &wanted, pixels: &mut pixels, at: 0 };
            read_window(dataset, &header, 0..1, 0..3, &mut [target])?;
            Ok(pixels.to_f64())
        })
    };
    let as_type = |dtype: DType, nodata: Option<f64>| read_as(Band::new("a", dtype, nodata));
    assert_eq!(as_type(DType::I16, Some(9.0)).unwrap(), [0.0, 9.0, 5.0]);
    assert_eq!(as_type(DType::I32, Some(9.0)).unwrap(), [0.0, 9.0, 5.0]);
    assert!(as_type(DType::F32, None).unwrap()[1].is_nan());
    for (dtype, nodata) in [(DType::I16, Some(0.0)), (DType::I32, Some(5.0)), (DType::I16, None), (DType::I32, None)] {
        assert_eq!(as_type(dtype, nodata).unwrap_err().code, codes::FILES_DIFFER, "{dtype} {nodata:?}");
    }
}

#[test]
fn a_window_outside_fails_without_reading() {
    let folder = Folder::new();
    let path = folder.path("small.tif");
    tiff::<u8>(&path, 2, &[&[1, 2]], NORTH_UP, &[], |_| {});
    let dataset = handles::open(&path).unwrap();
    let band = dataset.rasterband(1).unwrap();
    assert!(!raster_io::read_rows(&band, 0..9, 0..9, [9, 9], &mut [0u8; 81], 9));
    assert!(library::messages().text.contains("out of range"));
}
