//! Names as people and data centers write them, and what is read in them.

use super::*;

/// The different instants a name may mean.
fn dates(name: &str) -> Vec<String> {
    let mut dates: Vec<String> = readings(name).iter().map(|reading| Calendar::Standard.iso(reading.at)).collect();
    dates.dedup();
    dates
}

#[test]
fn dates_in_names() {
    let cases = [
        ("MSWEP_1979.01.01.tif", "1979-01-01"),
        ("Qtot_1979-01-10.tif", "1979-01-10"),
        ("0_Rainfall_MSWEP_mm_daily_1979_1_1.tif", "1979-01-01"),
        ("0_MSWEP_1979.01.02.tif.asc", "1979-01-02"),
        ("10_Evaporation_ECMWF_ERA-Interim_mm_daily_2009.01.11.tif", "2009-01-11"),
        ("P_CHIRPS.v2.0_mm-day-1_daily_2009.01.01.tif", "2009-01-01"),
        ("data/2019/0_precip_2009.01.01.tif", "2009-01-01"),
        ("MSWEP_1979010100.tif", "1979-01-01"),
        ("south-america-mswep_1979010106.tif", "1979-01-01T06:00"),
        ("LC08_L1TP_013032_20180131_20180207_01_T1_B4.TIF", "2018-01-31"),
        ("LE07_L2SP_044033_20210329_20210424_02_T1_SR.json", "2021-03-29"),
        ("LC80030172015001LGN00_B4.tiff", "2015-01-01"),
        ("20170605120000-UKMO-L4_GHRSST-SSTfnd-OSTIAanom-GLOB-v02.0-fv02.0.nc", "2017-06-05T12:00"),
        ("MOD13Q1.A2013257.h12v11.061.2022034211545.hdf", "2013-09-14"),
        ("MOD021KM.A2013257.0530.061.hdf", "2013-09-14T05:30"),
        ("X2000.02.18", "2000-02-18"),
        ("chirps-v2.0.1981.01.01.tif.gz", "1981-01-01"),
        ("chirps-v2.0.1981.01.tif", "1981-01-01"),
        ("chirps-v2.0.1981.tif", "1981-01-01"),
        ("S2A_MSIL2A_20200101T101021_N0213_R022_T32TQM_20200101T113456.SAFE", "2020-01-01T10:10:21"),
        ("S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531_raster_ext.json", "2019-06-29T21:25:29"),
        ("3B-HHR.MS.MRG.3IMERG.20200101-S103000-E105959.0630.V06B.HDF5", "2020-01-01T10:30"),
        ("3B42_Daily.19991231.7.test.nc", "1999-12-31"),
        ("TERRA_MODIS_012010_NDVI_2013-09-14.jp2", "2013-09-14"),
        ("sent2_L2A_2024-08-24.tif", "2024-08-24"),
        ("197901.tif", "1979-01-01"),
        // Twenty-four hours are the end of the day, however they are written.
        ("x_20200101T2400.tif", "2020-01-02"),
        ("x_20200101T240000Z.tif", "2020-01-02"),
        ("RAIN_20201231_240000.tif", "2021-01-01"),
        ("x_20200101_24-00.tif", "2020-01-02"),
        ("x_2020-02-28-24.tif", "2020-02-29"),
        ("x_2020-01-01T24:00:00.tif", "2020-01-02"),
        ("x_2020010124.tif", "2020-01-02"),
        ("x_202001012400.tif", "2020-01-02"),
        ("x_2020001.24.tif", "2020-01-02"),
        ("x_2020001T2400.tif", "2020-01-02"),
        ("x_15Jan2020_2400.tif", "2020-01-16"),
        ("x_15-01-2020_2400.tif", "2020-01-16"),
        ("x_20200101T2430.tif", "2020-01-01"),
        ("tas_Amon_CanESM5_historical_r1i1p1f1_gn_185003-201412.nc", "1850-03-01"),
        ("era5-2mt-2019-03-uk.grib", "2019-03-01"),
        ("noah-precipitation-1979.tif", "1979-01-01"),
        ("tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc", "2095-01-01"),
        ("1979001.03.nc", "1979-01-01T03:00"),
        ("ndvi_2020-366.tif", "2020-12-31"),
        ("report_15Jan2020.tif", "2020-01-15"),
        ("Nov2020_ndvi.tif", "2020-11-01"),
        ("2020-Feb-29.tif", "2020-02-29"),
        ("gauge_2020-01-15T10:30:05Z", "2020-01-15T10:30:05"),
        ("gauge_2020-01-15_10-30.tif", "2020-01-15T10:30"),
        ("gauge_2020-01-15T103005", "2020-01-15T10:30:05"),
        ("era5_2009-01-01-12.nc", "2009-01-01T12:00"),
        ("era5_2009-01-01-12_x5-30.nc", "2009-01-01T12:00"),
        ("era5_2009-01-01-12-30-15.nc", "2009-01-01T12:30:15"),
        ("tile_1990123_20200101.tif", "2020-01-01"),
        ("bad_20201301_20200102.tif", "2020-01-02"),
        ("a_2020-02-30_2021-03-01.tif", "2021-03-01"),
        ("ndvi_23-06-2020.tif", "2020-06-23"),
        ("ndvi_06.23.2020.tif", "2020-06-23"),
        ("tile_12_05_2020-06-01.tif", "2020-06-01"),
        ("ndvi_05_05_2020.tif", "2020-05-05"),
        ("ndvi_23-06-2020T1030.tif", "2020-06-23T10:30"),
        ("rain 2020 01 05.tif", "2020-01-05"),
        ("ndvi_23-Jun-2020.tif", "2020-06-23"),
        ("YW_2017.002_20010131_2005.tif", "2001-01-31T20:05"),
        ("RW_20200101-0050.tif", "2020-01-01T00:50"),
        ("HS_H08_20200101_0010_B13_FLDK.tif", "2020-01-01T00:10"),
        ("a_2020-01-01_103005.tif", "2020-01-01T10:30:05"),
        ("a_15Jan2020_1030.tif", "2020-01-15T10:30"),
        ("LC08_20200101_9034.tif", "2020-01-01"),
        ("yearly_20200101_2020.tif", "2020-01-01"),
        ("HLS.S30.T17SQS.2020191T155821.v2.0.B04.tif", "2020-07-09T15:58:21"),
        ("ndvi_2020-W02.tif", "2020-01-06"),
        ("ndvi_2020W53.tif", "2020-12-28"),
        ("ndvi_2020-W02-3.tif", "2020-01-08"),
        ("ndvi_2021_w01.tif", "2021-01-04"),
        ("vci_202001_d1.tif", "2020-01-01"),
        ("WAPOR-3.L1-AETI-D.2018-01-D3.tif", "2018-01-21"),
        ("vci202012d2.tif", "2020-12-11"),
        ("vci_2020dek36.tif", "2020-12-21"),
        ("vci_2020_01_dekad2.tif", "2020-01-11"),
        ("olr_202003_pentad6.tif", "2020-03-26"),
        ("ndvi_2020_Q3.tif", "2020-07-01"),
        ("ndvi_Q4-2020.tif", "2020-10-01"),
        ("ndvi_2020q1.tif", "2020-01-01"),
        ("t2m_202001_p90.tif", "2020-01-01"),
        ("pr_1981_2010.tif", "1981-01-01"),
        ("ndvi_2020_10m.tif", "2020-01-01"),
    ];
    for (name, date) in cases {
        assert_eq!(dates(name), [date], "{name}");
    }
}

#[test]
fn names_without_dates() {
    let names = [
        "acc4000.tif",
        "Map1.zip",
        "1.asc",
        "multi_band_0_360_gcs.tif",
        "ne_110m_admin_0.shp",
        "L7_ETMs.tif",
        "LC08_013032.tif",
        "band_v2019.tif",
        "model_fv1990.1.nc",
        "lat_45.1979.tif",
        "dem_2000m.tif",
        "N45E2010.tif",
        "99999999.tif",
        "20201350.tif",
        "1640995200.tif",
        "cog_scale.tif",
        "",
        "äöü.tif",
        "rgb_0001_0002.tif",
        // What is beside a year or a month may be the rest of the date.
        "ndvi_06-2020.tif",
        "ndvi_2020_0105.tif",
        "ndvi_2020-W54.tif",
        "ndvi_W02_2020.tif",
        "ndvi_2020_week02.tif",
        "ndvi_202001_p1.tif",
        "ndvi_202001_d4.tif",
        "ndvi_202001d15.tif",
        "ndvi_202001-05.tif",
        "ndvi_2020-D05.tif",
        "ndvi_2020_Q5.tif",
        "ndvi_2020_JJA.tif",
        "ndvi_2020-02-30.tif",
        "ndvi_31-02-2020.tif",
        "VHP.G04.C07.npp.P2020002.VH.VH.tif",
        // Seconds since 1970.
        "1610122300.tif",
    ];
    for name in names {
        assert_eq!(readings(name), [], "{name}");
    }
}

#[test]
fn dates_that_can_be_read_in_several_ways() {
    let cases: [(&str, &[&str]); 5] = [
        ("ndvi_05-06-2020.tif", &["2020-06-05", "2020-05-06"]),
        ("chirps-v2.0.2020.02.1.tif", &["2020-02-01"]),
        ("chirps-v2.0.2020.02.3.tif", &["2020-02-03", "2020-02-21", "2020-02-11"]),
        ("chirps-v2.0.2020.02.6.tif", &["2020-02-06", "2020-02-26"]),
        ("mswep_1979_2_3.tif", &["1979-02-03"]),
    ];
    for (name, expected) in cases {
        assert_eq!(dates(name), expected, "{name}");
    }
}

#[test]
fn years_that_were_not_read() {
    for (name, expected) in [("ndvi_06-2020", true), ("dem_2000m", false), ("v2020_dem", false), ("tile_4000", false)] {
        assert_eq!(has_year(name), expected, "{name}");
    }
}
