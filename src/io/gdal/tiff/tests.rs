//! Blocks are held against GDAL's reading of the same files, pixel by pixel.

#![allow(clippy::unwrap_used)]

use super::super::tests::{NORTH_UP, tiff};
use super::super::{handles, raster_io};
use super::*;
use gdal::raster::GdalType;

/// Rows and columns to read: all, a part that cuts blocks on all sides, a corner.
const WINDOWS: [(Range<usize>, Range<usize>); 3] = [(0..90, 0..70), (5..83, 9..61), (50..90, 30..70)];

/// Every window by its blocks and by GDAL, of a file of two bands that was made with `options`; how many were read by blocks.
fn read_twice<T: Pixel + GdalType + std::fmt::Debug>(options: &[&str]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.tif").to_string_lossy().into_owned();
    let value = |i: usize, band: usize| {
        let value = (i * i % 251) as f64 / 3.0;
        T::from_f64(if band == 0 { value } else { 40.0 - value })
    };
    let bands: Vec<Vec<T>> = (0..2).map(|band| (0..90 * 70).map(|i| value(i, band)).collect()).collect();
    tiff::<T>(&path, 70, &[&bands[0], &bands[1]], NORTH_UP, options, |_| {});
    handles::with(&path, |file| {
        let mut by_blocks = 0;
        for (rows, columns) in WINDOWS {
            for band in 1..=2 {
                // Rows that begin further apart than they are long: what lies between must stay.
                let stride = columns.len() + 3;
                let (mut ours, mut theirs) = (vec![T::from_f64(7.0); rows.len() * stride], Vec::new());
                theirs.clone_from(&ours);
                let read = file.blocks().is_some_and(|b| b.read(band, &rows, &columns, &mut ours, stride).is_ok());
                assert!(raster_io::read_rows(
                    &file.rasterband(band).unwrap(),
                    rows.clone(),
                    columns.clone(),
                    [rows.len(), columns.len()],
                    &mut theirs,
                    stride
                ));
                if read {
                    by_blocks += 1;
                    assert!(ours == theirs, "{options:?} {} {rows:?} {columns:?}", T::DTYPE);
                }
            }
        }
        Ok(by_blocks)
    })
    .unwrap()
}

#[test]
fn blocks_are_what_gdal_reads() {
    let layouts: [&[&str]; 3] = [
        &["INTERLEAVE=BAND", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"],
        &["INTERLEAVE=BAND", "BLOCKYSIZE=16"],
        &["INTERLEAVE=BAND", "BLOCKYSIZE=45", "BIGTIFF=YES"],
    ];
    let methods: [&[&str]; 6] = [
        &[],
        &["COMPRESS=DEFLATE"],
        &["COMPRESS=DEFLATE", "PREDICTOR=2"],
        &["COMPRESS=DEFLATE", "PREDICTOR=3"],
        &["COMPRESS=ZSTD"],
        &["COMPRESS=ZSTD", "PREDICTOR=2"],
    ];
    for layout in layouts {
        for method in methods {
            let options = [layout, method].concat();
            if method.contains(&"PREDICTOR=3") {
                assert_eq!(read_twice::<f32>(&options), 6, "{options:?}");
                assert_eq!(read_twice::<f64>(&options), 6, "{options:?}");
                continue;
            }
            assert_eq!(read_twice::<u8>(&options), 6, "{options:?}");
            assert_eq!(read_twice::<i16>(&options), 6, "{options:?}");
            assert_eq!(read_twice::<u16>(&options), 6, "{options:?}");
            assert_eq!(read_twice::<i32>(&options), 6, "{options:?}");
            assert_eq!(read_twice::<f32>(&options), 6, "{options:?}");
            assert_eq!(read_twice::<f64>(&options), 6, "{options:?}");
        }
    }
}

#[test]
fn what_is_not_plain_is_left_to_gdal() {
    for options in [
        &["INTERLEAVE=BAND", "COMPRESS=LZW"][..],
        &["INTERLEAVE=PIXEL", "COMPRESS=DEFLATE"],
        &["INTERLEAVE=BAND", "COMPRESS=DEFLATE", "ENDIANNESS=BIG"],
        &["INTERLEAVE=BAND", "COMPRESS=DEFLATE", "NBITS=12"],
    ] {
        assert_eq!(read_twice::<u16>(options), 0, "{options:?}");
    }
}

#[test]
fn a_few_pixels_of_a_block_are_left_to_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiled.tif").to_string_lossy().into_owned();
    let values: Vec<u8> = (0..64 * 64).map(|i| i as u8).collect();
    tiff::<u8>(&path, 64, &[&values], NORTH_UP, &["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], |_| {});
    handles::with(&path, |file| {
        let read = |n: usize| file.blocks().unwrap().read(1, &(0..n), &(0..n), &mut vec![0u8; n * n], n).is_ok();
        assert_eq!([read(64), read(32), read(31)], [true, true, false]);
        Ok(())
    })
    .unwrap();
}

#[test]
fn damaged_and_absent_blocks_are_not_taken_for_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.tif").to_string_lossy().into_owned();
    let values: Vec<u16> = (0..128 * 64).map(|i| if i < 64 * 64 { 5 } else { (i * i) as u16 }).collect();
    let tiles = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"];
    let read = |path: &str, rows: Range<usize>| {
        handles::with(path, |file| {
            Ok(file.blocks().unwrap().read(1, &rows, &(0..64), &mut vec![0u16; 64 * 128], 64).is_ok())
        })
        .unwrap()
    };
    tiff::<u16>(&path, 64, &[&values], NORTH_UP, &tiles, |_| {});
    assert!(read(&path, 0..128));
    // Not a byte of the second block is what it was.
    let (offset, length) = Directory::read(&path).unwrap().blocks[1];
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[offset as usize..][..length as usize].iter_mut().for_each(|b| *b = !*b);
    let damaged = folder.path().join("damaged.tif").to_string_lossy().into_owned();
    std::fs::write(&damaged, bytes).unwrap();
    assert_eq!((read(&damaged, 0..64), read(&damaged, 64..128)), (true, false));
    // Blocks of nothing but nodata are not written.
    let sparse = folder.path().join("sparse.tif").to_string_lossy().into_owned();
    tiff::<u16>(&sparse, 64, &[&values], NORTH_UP, &[&tiles[..], &["SPARSE_OK=TRUE"]].concat(), |dataset| {
        dataset.rasterband(1).unwrap().set_no_data_value(Some(5.0)).unwrap()
    });
    assert_eq!((read(&sparse, 0..64), read(&sparse, 64..128)), (false, true));
}

#[test]
fn files_with_the_same_keys_are_in_the_same_system() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, system: &str| {
        let path = folder.path().join(name).to_string_lossy().into_owned();
        tiff::<u8>(&path, 2, &[&[1, 2, 3, 4]], NORTH_UP, &[], |dataset| {
            dataset.set_spatial_ref(&gdal::spatial_ref::SpatialRef::from_definition(system).unwrap()).unwrap()
        });
        path
    };
    let system =
        |path: &str| handles::with(path, |file| Ok(file.crs()?.map(|system| system.name.to_string()))).unwrap();
    let (one, same, other) =
        (make("one.tif", "EPSG:32633"), make("same.tif", "EPSG:32633"), make("other.tif", "EPSG:32634"));
    let keys = |path: &str| Directory::read(path).unwrap().system;
    assert!(keys(&one).is_some() && keys(&one) == keys(&same) && keys(&one) != keys(&other));
    assert_eq!(
        [&one, &same, &other].map(|path| system(path)),
        ["EPSG:32633", "EPSG:32633", "EPSG:32634"].map(|s| Some(s.into()))
    );
    // Not of the registry: nothing but the file itself can tell.
    let own = make("own.tif", "LOCAL_CS[\"here\",UNIT[\"metre\",1]]");
    assert_eq!(keys(&own), None);
    assert!(system(&own).is_some());
    // What a sidecar says goes before the keys.
    let overruled = make("overruled.tif", "EPSG:32633");
    std::fs::write(format!("{overruled}.aux.xml"), "<PAMDataset><SRS>EPSG:3857</SRS></PAMDataset>").unwrap();
    assert_eq!(system(&overruled).as_deref(), Some("EPSG:3857"));
}
