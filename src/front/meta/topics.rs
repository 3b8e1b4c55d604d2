//! The topics of `:help` beside stages, reducers and functions.

/// Name, what it is about, and the text.
pub(super) const TOPICS: [(&str, &str, &str); 6] = [
    ("syntax", "statements, pipelines, literals", SYNTAX),
    ("missing", "what counts as missing, and what stages make of it", MISSING),
    ("time", "dates, periods, and the two ways to group by time", TIME),
    ("expressions", "operators and functions after `map derive mask where filter`", EXPRESSIONS),
    ("pictures", "maps, charts and animations, and where they go", PICTURES),
    ("saving", "formats, existing targets, interrupted runs", SAVING),
];

const PICTURES: &str = r#"`plot` draws maps of a cube and charts of a table, `animate` its steps one after another, `hist` counts values.

  ... | plot                                        a map a step and band, side by side
  ... | step 0 | plot cmap RdBu_r center 0          one step; blue below zero, red above
  ... | plot rgb [red green blue] robust            three bands as they look
  ... | plot legend [1 water 2 forest]              classes with names
  ... | plot levels [0 1 5 20] outline "basin.geojson" points "stations.csv" labels name
  ... | mean over space | plot                      a line against time
  ... | animate fps 4 label "%b %Y" range 0..0.9    an animation; in a notebook with a player
  ... | plot | save png "map.png"                   also svg, html; animations as gif, apng, html

A notebook shows them in place, a terminal as well as it can; a script leaves a file and says where.
"#;

const SYNTAX: &str = r#"A program is statements; a pipeline is stages joined by `|`.

  load files "rain/*.tif" dates "%Y%m%d"   # a source
  | crop lonlat 5 45 6 46                  # arguments are separated by blanks
  | resample 1mo sum min_count 20          # named arguments: name, value
  | save netcdf "rain.nc"                  # a target; without one the schema is printed

  let rain = load zarr "rain.zarr"         # a name for a cube or a value: $rain
  fn nd(a, b) = (a - b) / (a + b)          # an expression with a name
  fn wet = | where v > 1 | drop flag       # stages with a name
  param year: number = 2020                # rastra run s.rastra --set year=2021
  import "lib.rastra" as lib               # its names: $lib.a, lib.f; it defines, it neither runs nor sets
  set memory 4GiB                          # from here on

Bands are bare words, variables are `$name`. `( ... )` holds a pipeline where a cube is wanted.
Literals: 1.5  1_000  "text ${name}"  r"raw"  2020-06-15  2020..2022  1..5  30min 10d 1mo  10m 2km 0.25deg  4GiB  20%
"#;

const MISSING: &str = r#"Declared nodata and NaN are missing, in every stage. Reductions skip them.

  ... | mean keepna             one missing value makes the result missing
  ... | sum min_count 20        so many valid values are needed; or a share: 80%
  ... | count                   how many are valid
  ... | fill value 0            a number for what is missing
  ... | map a = red ?? 0        the same in an expression; also isnodata(a), coalesce(a, b)
  ... | map c = case [ isnodata(a) => nodata, a < 1 => 0, else => 2 ]    `else` is for missing pixels too

A sum of no valid value is missing, not 0. A division by zero gives a missing pixel, and the run counts them.
"#;

const TIME: &str = r#"`resample` makes a shorter timeline; `groupby` pools all years by the calendar.

  ... | resample 1mo mean       36 months in, 36 values out: Jan 2020, Feb 2020, ..
  ... | groupby month mean      36 months in, 12 values out: Jan, Feb, ..

Lengths: 6h 10d 1w 1mo 1q 1y, hourly daily weekly dekadal monthly seasonal yearly, "QS-DEC" (as pandas).
Nouns: month season dayofyear monthday dekad week hour year.
A date stands for its whole period: `time 2020-06` is all of June. Ranges include their end: `time 2020..2022`;
`2020..<2022` does not. In expressions dates start with @: `filter time >= @2020-06-15`.
"#;

const EXPRESSIONS: &str = r#"After `map derive mask where filter rename`, in `let` and `fn`, and in parentheses.

  map ndvi = (nir - red) / (nir + red)
  map a = x, b = y              several
  map _ * 0.1                   every band in turn; `_` is the pixel
  mask scl in [3 8 9 10]        these pixels go
  where ndvi > 0.2 and lat < 60 these pixels stay
  filter month(time) in [6 7 8] these steps stay
  map c = case [ v < 1 => 0, v < 5 => 1, else => 2 ]

In `case` the first condition that holds decides. One that is missing does not hold, so a missing pixel comes to
`else`, and is missing where there is none: `case [ isnodata(v) => nodata, v < 1 => 0, else => 2 ]` keeps it missing.
`if(v < 1, 0, 2)` is missing where its condition is.

  + - * / // % ^    == != < <= > >=    and or not    in    ?? (the first that is not missing)

`:help functions` lists the functions.
"#;

const SAVING: &str = r#"  save zarr "a.zarr"    save netcdf "a.nc"    save cog "a.tif"    save tif "a_{time:%Y%m}.tif"

An existing target is refused unless the stage says `overwrite`, `append` or `resume`.
A run that fails or is interrupted leaves no target that looks finished.
`:help save zarr` lists the options of a format.
"#;
