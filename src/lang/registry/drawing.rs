//! The options for the look of pictures, which `plot`, `animate` and `hist` share.

use super::{Call, Param, Shape};
use crate::cube::{Crs, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::expr::Expr;
use crate::lang::value::{Arg, Value};
use crate::plan::catalog::Features;
use crate::plan::picture::{
    Bar, BarPosition, Color, Colors, Elements, Extend, Levels, Look, Maps, Numbers, Outline, Points, Scale, Theme,
    colormap,
};
use crate::plan::{Plan, Selection};
use std::sync::Arc;

/// The parameters of a verb that draws maps: its own, then those of all maps. It is a macro because constant lists
/// cannot be joined otherwise.
macro_rules! map_params {
    ($($own:expr),* $(,)?) => {{
        use $crate::lang::registry::drawing::*;
        &[
            $($own,)*
            SIZE,
            DPI,
            THEME,
            TITLE,
            TITLE_SIZE,
            RANGE,
            MAX,
            RGB,
            CMAP,
            COLORS,
            ROBUST,
            CENTER,
            SCALE,
            GAMMA,
            THRESHOLD,
            LINEAR_WIDTH,
            LEVELS,
            EXCLUDE,
            LEGEND,
            MISSING,
            BAR,
            BAR_LABEL,
            BAR_LABEL_SIZE,
            BAR_LENGTH,
            TICKS,
            PRECISION,
            EXTEND,
            VALUES,
            VALUES_SIZE,
            VALUES_THRESHOLD,
            POINTS,
            LABELS,
            POINT_COLOR,
            POINT_SIZE,
            POINT_LABEL_COLOR,
            POINT_LABEL_SIZE,
            OUTLINE,
            OUTLINE_COLOR,
            OUTLINE_WIDTH,
            COAST,
            BORDERS,
            COAST_COLOR,
            GRATICULE,
            PROJECTION,
            SCALE_BAR,
            NORTH_ARROW,
            INSET,
            HATCH,
        ]
    }};
}
pub(crate) use map_params;

pub(crate) const SIZE: Param =
    Param::named("size", Shape::Size, "Width and height in pixels, or on paper: `size 800 600`, `size 160mm 100mm`.");
pub(crate) const DPI: Param = Param::named(
    "dpi",
    Shape::Number,
    "Pixels an inch, with which letters and lines grow; 96 unless given: `size 160mm 100mm dpi 300`.",
);
pub(crate) const THEME: Param = Param::named(
    "theme",
    Shape::Choice(&["light", "dark", "print"]),
    "The colors of letters, axes and ground; light unless given.",
);
/// A longer line would not be read, and is cut long before.
const LONGEST_TITLE: usize = 1000;

pub(crate) const TITLE: Param = Param::named("title", Shape::Text, "A line above.");
pub(crate) const TITLE_SIZE: Param = Param::named("title_size", Shape::Number, "Height of its letters in pixels.");
pub(crate) const RANGE: Param = Param::named(
    "range",
    Shape::Span,
    "The values at the ends: `0..0.9`; an end that is left open, or both, are those of what is drawn.",
);
pub(crate) const MAX: Param = Param::named("max", Shape::Integer, "At most so many steps, spread evenly.");

pub(crate) const RGB: Param =
    Param::named("rgb", Shape::Names, "Three bands as red, green and blue: `[red green blue]`.");
pub(crate) const CMAP: Param =
    Param::named("cmap", Shape::ColorMap, "The color map: `viridis` unless given; `_r` behind a name reverses it.");
pub(crate) const COLORS: Param =
    Param::named("colors", Shape::Colors, "Colors of a map of its own, or one a class: `[white green \"#004000\"]`.");
pub(crate) const ROBUST: Param =
    Param::flag("robust", "From the 2nd to the 98th percentile, so that outliers do not count.");
pub(crate) const CENTER: Param = Param::named("center", Shape::Number, "The value in the middle of the map.");
pub(crate) const SCALE: Param = Param::named(
    "scale",
    Shape::Choice(Scale::WORDS),
    "How values are spread over the map: `power` by `gamma`, `log`, `symlog` by `threshold`, `midpoint` by `center`, `boundary` by `levels`.",
);
pub(crate) const GAMMA: Param =
    Param::named("gamma", Shape::Number, "The exponent of `scale power`; 0.5 unless given.");
pub(crate) const THRESHOLD: Param =
    Param::named("threshold", Shape::Number, "`scale symlog` is straight from minus this to this; 1 unless given.");
pub(crate) const LINEAR_WIDTH: Param =
    Param::named("linear_width", Shape::Number, "How many decades that straight part is as long as; 1 unless given.");
pub(crate) const LEVELS: Param =
    Param::named("levels", Shape::Numbers, "Steps of color: about so many, or their edges.");
pub(crate) const EXCLUDE: Param = Param::named("exclude", Shape::Numbers, "Values that are drawn as missing.");
pub(crate) const LEGEND: Param =
    Param::named("legend", Shape::Legend, "Values that are classes, and their names: `[1 water 2 forest]`.");
pub(crate) const MISSING: Param =
    Param::named("missing_color", Shape::Color, "Color of missing pixels; transparent unless given.");
pub(crate) const BAR: Param =
    Param::named("colorbar", Shape::Choice(&["right", "bottom", "none"]), "Where the key to the colors is.");
pub(crate) const BAR_LABEL: Param =
    Param::named("colorbar_label", Shape::Text, "What stands beside it; the band and its unit unless given.");
pub(crate) const BAR_LABEL_SIZE: Param =
    Param::named("colorbar_label_size", Shape::Number, "Height of those letters in pixels.");
pub(crate) const BAR_LENGTH: Param =
    Param::named("colorbar_length", Shape::Number, "Its length, as a share of the edge of the maps.");
pub(crate) const TICKS: Param = Param::named("ticks", Shape::Number, "From one tick of the key to the next.");
pub(crate) const PRECISION: Param = Param::named("precision", Shape::Integer, "Digits after the point.");
pub(crate) const EXTEND: Param = Param::named(
    "extend",
    Shape::Choice(&["neither", "min", "max", "both"]),
    "Which ends of the key are pointed, for values beyond; as the data have them unless given.",
);
pub(crate) const VALUES: Param = Param::flag("values", "The number of each pixel, where there is room for it.");
pub(crate) const VALUES_SIZE: Param = Param::named("values_size", Shape::Number, "Height of the numbers in pixels.");
pub(crate) const VALUES_THRESHOLD: Param = Param::named(
    "values_threshold",
    Shape::Number,
    "Numbers of pixels above it are black, others white; what can be read unless given.",
);
pub(crate) const POINTS: Param =
    Param::named("points", Shape::Path, "Points of a vector file, or a CSV with coordinates.");
pub(crate) const LABELS: Param = Param::named("labels", Shape::Text, "The field that names the points.");
pub(crate) const POINT_COLOR: Param = Param::named("point_color", Shape::Color, "Color of the points.");
pub(crate) const POINT_SIZE: Param = Param::named("point_size", Shape::Number, "Their diameter in pixels.");
pub(crate) const POINT_LABEL_COLOR: Param = Param::named("point_label_color", Shape::Color, "Color of their names.");
pub(crate) const POINT_LABEL_SIZE: Param =
    Param::named("point_label_size", Shape::Number, "Height of their names' letters in pixels.");
pub(crate) const OUTLINE: Param =
    Param::named("outline", Shape::Path, "Polygons of a vector file, drawn by their edges.");
pub(crate) const OUTLINE_COLOR: Param = Param::named("outline_color", Shape::Color, "Color of those edges.");
pub(crate) const OUTLINE_WIDTH: Param = Param::named("outline_width", Shape::Number, "Their width in pixels.");

pub(crate) const COAST: Param = Param::flag("coast", "Coasts of Natural Earth, in any projection.");
pub(crate) const BORDERS: Param = Param::flag("borders", "Borders of countries of Natural Earth.");
pub(crate) const COAST_COLOR: Param = Param::named("coast_color", Shape::Color, "Color of coasts and borders.");
pub(crate) const GRATICULE: Param = Param::flag("graticule", "Meridians and parallels.");
pub(crate) const PROJECTION: Param = Param::named(
    "projection",
    Shape::Crs,
    "How the earth is laid flat: `robinson`, `mollweide`, `equal_earth`, `mercator`, `polar`, `orthographic`, `lambert`, \
     `albers`, `geographic`, or a system such as `EPSG:3035`; as the cube is unless given.",
);
pub(crate) const SCALE_BAR: Param = Param::flag("scale_bar", "A length on the ground, at the middle of the map.");
pub(crate) const NORTH_ARROW: Param = Param::flag("north_arrow", "Where north is, at the middle of the map.");
pub(crate) const INSET: Param = Param::flag("inset", "A small map of the world that shows where this one is.");
pub(crate) const HATCH: Param = Param::named(
    "hatch",
    Shape::Expr,
    "Hatches where this holds: `hatch pvalue < 0.05`. Bands that it reads are no maps, unless it reads all.",
);

/// The band of a picture's cube that says where its maps are hatched.
const HATCHED: &str = "hatched";

/// The largest edge of a picture in pixels, beyond what anybody looks at and what memory should be spent on.
const LARGEST: f64 = 10_000.0;
const SMALLEST: f64 = 60.0;

/// The inches of a unit of length on paper; 0 for pixels.
fn inches(unit: &str) -> Option<f64> {
    match unit {
        "px" => Some(0.0),
        "in" => Some(1.0),
        "cm" => Some(1.0 / 2.54),
        "mm" => Some(1.0 / 25.4),
        _ => None,
    }
}

impl Call<'_> {
    /// `size`, `dpi`, `theme`, `title`, `title_size`.
    pub fn look(&self) -> Result<Look> {
        let dpi = self.positive("dpi")?;
        if dpi.is_some_and(|dpi| !(30.0..=1200.0).contains(&dpi)) {
            let message = "pictures have 30 to 1200 pixels an inch";
            return Err(self.error("dpi", codes::OUT_OF_RANGE, message, "too few or many"));
        }
        let size = match self.all("size") {
            [width, height] => {
                let pixels = [self.pixels(width, dpi)?, self.pixels(height, dpi)?];
                let [w, h] = pixels;
                if !pixels.iter().all(|v| (SMALLEST..=LARGEST).contains(v)) {
                    return Err(self
                        .error(
                            "size",
                            codes::OUT_OF_RANGE,
                            format!("a picture cannot have {w} x {h} pixels"),
                            "too small or large",
                        )
                        .help(format!("from {SMALLEST} to {LARGEST}, such as `size 800 600`")));
                }
                Some(pixels.map(|v| v as u32))
            }
            _ => None,
        };
        let theme = self.text("theme");
        let theme = Theme::WORDS.iter().find(|(word, _)| Some(*word) == theme.as_deref()).map(|(_, theme)| *theme);
        let title = self.text("title");
        if title.as_ref().is_some_and(|title| title.len() > LONGEST_TITLE) {
            let message = format!("a title of more than {LONGEST_TITLE} letters");
            return Err(self.error("title", codes::OUT_OF_RANGE, message, "too long for a line above a picture"));
        }
        let theme = theme.unwrap_or_default();
        Ok(Look { size, title, title_size: self.positive("title_size")?, dpi, theme })
    }

    /// A length of a picture in whole pixels: a number of them, or so much of a sheet of paper.
    fn pixels(&self, length: &Arg, dpi: Option<f64>) -> Result<f64> {
        let (value, inches) = match &length.value {
            Value::Number(pixels) => return Ok(*pixels),
            Value::Quantity { value, unit, .. } => (*value, inches(unit)),
            _ => (f64::NAN, None),
        };
        match inches {
            Some(0.0) => Ok(value),
            Some(inches) => Ok((value * inches * dpi.unwrap_or(Look::DPI)).round()),
            None => Err(Diagnostic::new(codes::WRONG_TYPE, "the size of a picture is in pixels, mm, cm or inches")
                .label(length.span, "none of these")
                .help("for example `size 800 600`, `size 160mm 100mm` or `size 6in 4in`")),
        }
    }

    /// `range`.
    pub fn ends(&self) -> Result<[Option<f64>; 2]> {
        let Some(Arg { value: Value::Range { start, end, .. }, .. }) = self.get("range") else { return Ok([None; 2]) };
        match (start, end) {
            (Some(a), Some(b)) if a >= b || !(a - b).is_finite() => {
                let message = format!("a range from {a} to {b}");
                Err(self.error("range", codes::OUT_OF_RANGE, message, "the first end must be less than the second"))
            }
            _ => Ok([*start, *end]),
        }
    }

    /// How maps are drawn, and the cube with the bands that are drawn: those of `rgb`, or all. Where `hatch` is given, a
    /// last band says where its condition holds.
    pub fn maps(&self, input: &Arc<Plan>) -> Result<(Arc<Plan>, Maps)> {
        let schema = &input.schema;
        let rgb = self.bands("rgb", schema)?;
        if ![0, 3].contains(&rgb.len()) {
            let message = format!("`rgb` takes three bands, not {}", rgb.len());
            return Err(self
                .error("rgb", codes::WRONG_ARITY, message, "here")
                .help("red, green and blue: `rgb [red green blue]`"));
        }
        let hatch = self.has("hatch").then(|| self.expr("hatch", schema)).transpose()?;
        let projection = self.projection(&schema.grid)?;
        let on = projection.as_ref().map(|projection| &projection.crs).or(schema.grid.crs.as_ref());
        let maps = Maps {
            rgb: !rgb.is_empty(),
            colors: self.color_scale()?,
            bar: self.bar()?,
            values: self.numbers_in_pixels()?,
            points: self.points_on(&schema.grid, on)?,
            outline: self.outline_on(&schema.grid, on)?,
            elements: self.elements(&schema.grid)?,
            hatched: hatch.is_some(),
            projection: projection.clone(),
        };
        Ok((self.drawn(input, rgb, hatch)?, maps))
    }

    /// The cube of the bands that are drawn.
    fn drawn(&self, input: &Arc<Plan>, rgb: Vec<usize>, hatch: Option<Expr>) -> Result<Arc<Plan>> {
        let schema = &input.schema;
        let Some(condition) = hatch else {
            return match rgb.is_empty() {
                true => Ok(input.clone()),
                false => Plan::select(input, Selection { bands: rgb, ..Selection::all(schema) }, self.span),
            };
        };
        let read = condition.bands();
        let others: Vec<usize> = (0..schema.bands.len()).filter(|band| !read.contains(band)).collect();
        let drawn = match (rgb.is_empty(), others.is_empty()) {
            (false, _) => rgb,
            (true, false) => others,
            (true, true) => (0..schema.bands.len()).collect(),
        };
        let mut name = HATCHED.to_string();
        while schema.band_names().any(|known| known == name) {
            name.push('_');
        }
        // A number with a point, because of those the mean of some pixels says how many of them it holds for.
        let share = Expr::If(Box::new(condition), Box::new(Expr::Number(1.0)), Box::new(Expr::Number(0.0)));
        let outputs = schema.band_names().enumerate().map(|(band, name)| (name.to_string(), Expr::Band(band)));
        let all = Plan::map(input, outputs.chain([(name, share)]).collect(), self.span)?;
        let bands = drawn.into_iter().chain([schema.bands.len()]).collect();
        Plan::select(&all, Selection { bands, ..Selection::all(&all.schema) }, self.span)
    }

    /// What of the world is drawn beside the data.
    fn elements(&self, grid: &GeoBox) -> Result<Elements> {
        let elements = Elements {
            coast: self.has("coast"),
            borders: self.has("borders"),
            graticule: self.has("graticule"),
            scale_bar: self.has("scale_bar"),
            north_arrow: self.has("north_arrow"),
            inset: self.has("inset"),
            color: self.color("coast_color"),
        };
        if let Some(name) = elements.first() {
            self.refuse_unplaced(grid)?;
            if grid.crs.is_none() {
                let message = "the cube has no reference system, and so no place on the earth";
                return Err(self.error(name, codes::NO_CRS, message, "where is this?").help(grid.way_to_a_system()));
            }
        }
        Ok(elements)
    }

    fn color_scale(&self) -> Result<Colors> {
        let scale = self.scale()?;
        let range = self.ends()?;
        let center = self.number("center");
        if scale == Scale::Log && range.iter().flatten().any(|v| *v <= 0.0) {
            return Err(self
                .error("range", codes::UNFIT_ARGUMENTS, "`scale log` needs a range above 0", "with `scale log`")
                .help("begin above zero, or take `scale symlog`"));
        }
        if let (Some(center), [low, high]) = (center, range)
            && (low.is_some_and(|low| low >= center) || high.is_some_and(|high| high <= center))
        {
            return Err(self.error(
                "center",
                codes::OUT_OF_RANGE,
                "the center lies outside of the range",
                "not inside",
            ));
        }
        let levels = match &self.list("levels")[..] {
            [] if scale == Scale::Boundary => Some(Levels::Count(8)),
            [] => None,
            [count] if count.fract() == 0.0 && (1.0..=200.0).contains(count) => Some(Levels::Count(*count as usize)),
            edges if edges.len() > 1 && edges.is_sorted_by(|a, b| a < b) => Some(Levels::At(edges.to_vec())),
            _ => {
                return Err(self
                    .error(
                        "levels",
                        codes::OUT_OF_RANGE,
                        "`levels` takes a number from 1 to 200, or edges that rise",
                        "neither",
                    )
                    .help("for example `levels 8` or `levels [0 1 5 20 100]`"));
            }
        };
        let text = self.text("cmap");
        let list = self.list_of("colors").iter().filter_map(|a| Color::parse(&a.value.as_text()?)).collect();
        let classes = self.classes()?;
        if !classes.is_empty() && text.as_deref().is_some_and(|name| !colormap::is_qualitative(name)) {
            return Err(self
                .error(
                    "cmap",
                    codes::UNFIT_ARGUMENTS,
                    "a smooth color map cannot show classes, which have no order",
                    "for a legend",
                )
                .help("take `tab10`, `Set2`, `Paired` .., or `colors [blue green]`"));
        }
        Ok(Colors {
            map: text,
            list,
            range,
            robust: self.has("robust"),
            center,
            scale,
            levels,
            exclude: self.list("exclude"),
            classes,
            missing: self.color("missing_color"),
        })
    }

    fn scale(&self) -> Result<Scale> {
        let word = self.text("scale");
        let word = word.as_deref().unwrap_or(if self.has("gamma") { "power" } else { "linear" });
        for (option, of) in [("gamma", "power"), ("threshold", "symlog"), ("linear_width", "symlog")] {
            if self.has(option) && word != of {
                return Err(self
                    .error(
                        option,
                        codes::UNFIT_ARGUMENTS,
                        format!("`{option}` belongs to `scale {of}`"),
                        "of no use here",
                    )
                    .help(format!("add `scale {of}`")));
            }
        }
        Ok(match word {
            "power" => Scale::Power { gamma: self.positive("gamma")?.unwrap_or(0.5) },
            "log" => Scale::Log,
            "symlog" => Scale::Symlog {
                threshold: self.positive("threshold")?.unwrap_or(1.0),
                linear: self.positive("linear_width")?.unwrap_or(1.0),
            },
            "midpoint" => Scale::Midpoint,
            "boundary" => Scale::Boundary,
            _ => Scale::Linear,
        })
    }

    fn bar(&self) -> Result<Bar> {
        let length = self.positive("colorbar_length")?;
        if length.is_some_and(|l| l > 1.0) {
            return Err(self.error(
                "colorbar_length",
                codes::OUT_OF_RANGE,
                "a length is a share, up to 1",
                "more than 1",
            ));
        }
        let precision = match self.number("precision") {
            Some(n) if !(0.0..=12.0).contains(&n) => {
                return Err(self.error("precision", codes::OUT_OF_RANGE, "0 to 12 digits after the point", "here"));
            }
            digits => digits.map(|n| n as usize),
        };
        let extend = self.text("extend");
        Ok(Bar {
            place: match self.text("colorbar").as_deref() {
                Some("bottom") => BarPosition::Bottom,
                Some("none") => BarPosition::None,
                _ => BarPosition::Right,
            },
            label: self.text("colorbar_label"),
            label_size: self.positive("colorbar_label_size")?,
            length,
            every: self.positive("ticks")?,
            precision,
            extend: Extend::WORDS.iter().find(|(word, _)| Some(*word) == extend.as_deref()).map(|(_, e)| *e),
        })
    }

    fn numbers_in_pixels(&self) -> Result<Option<Numbers>> {
        let numbers = Numbers { size: self.positive("values_size")?, threshold: self.number("values_threshold") };
        Ok((self.has("values") || numbers != Numbers::default()).then_some(numbers))
    }

    fn points_on(&self, grid: &GeoBox, to: Option<&Crs>) -> Result<Option<Points>> {
        let Some(path) = self.text("points") else { return Ok(None) };
        self.refuse_unplaced(grid)?;
        let path = self.scope.resolve(&path);
        let field = self.text("labels");
        let query = Features { path: &path, layer: None, field: field.as_deref(), from: None, to };
        let mut sites = self.catalog.sites(&query).map_err(|d| match d.code {
            codes::UNKNOWN_FIELD => d.or_at(self.span_of("labels"), "not a field"),
            _ => d.or_at(self.span_of("points"), "this file"),
        })?;
        if field.is_none() {
            // Where points only have the numbers of their rows, they are drawn without names.
            sites.ids = None;
        }
        Ok(Some(Points {
            sites: Arc::new(sites),
            color: self.color("point_color").unwrap_or(Color::RED),
            size: self.positive("point_size")?.unwrap_or(8.0),
            label_color: self.color("point_label_color").unwrap_or(Color::BLACK),
            label_size: self.positive("point_label_size")?.unwrap_or(12.0),
        }))
    }

    fn outline_on(&self, grid: &GeoBox, to: Option<&Crs>) -> Result<Option<Outline>> {
        let Some(path) = self.text("outline") else { return Ok(None) };
        self.refuse_unplaced(grid)?;
        let path = self.scope.resolve(&path);
        let query = Features { path: &path, layer: None, field: None, from: None, to };
        let zones = self.catalog.zones(&query).map_err(|d| d.or_at(self.span_of("outline"), "this file"))?;
        Ok(Some(Outline {
            rings: Arc::new(zones.shapes.into_iter().flatten().collect()),
            color: self.color("outline_color").unwrap_or(Color::BLACK),
            width: self.positive("outline_width")?.unwrap_or(1.0).ceil() as u32,
        }))
    }

    /// `[1 water 2 forest]` in pairs.
    fn classes(&self) -> Result<Vec<(f64, String)>> {
        let items = self.list_of("legend");
        let pairs = items.chunks(2).map(|pair| match pair {
            [Arg { value: Value::Number(value), .. }, name] => Some((*value, name.value.as_text()?)),
            _ => None,
        });
        pairs.collect::<Option<Vec<_>>>().ok_or_else(|| {
            Diagnostic::new(codes::WRONG_TYPE, "`legend` takes values and names in turn")
                .label(self.span_of("legend"), "not in pairs")
                .help("for example `legend [1 water 2 forest]`")
        })
    }

    pub fn positive(&self, name: &str) -> Result<Option<f64>> {
        match self.number(name) {
            Some(v) if v <= 0.0 || !v.is_finite() => {
                Err(self.error(name, codes::OUT_OF_RANGE, format!("`{name}` must be more than zero"), "is not"))
            }
            v => Ok(v),
        }
    }

    /// A whole number from 1.
    pub fn count(&self, name: &str) -> Result<Option<usize>> {
        match self.number(name) {
            Some(n) if n < 1.0 => {
                Err(self.error(name, codes::OUT_OF_RANGE, format!("`{name}` must be 1 or more"), "is not"))
            }
            n => Ok(n.map(|n| n as usize)),
        }
    }

    fn color(&self, name: &str) -> Option<Color> {
        self.text(name).and_then(|text| Color::parse(&text))
    }

    fn list_of(&self, name: &str) -> Vec<Arg> {
        match self.get(name) {
            Some(Arg { value: Value::List(items), .. }) => items.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        }
    }

    fn list(&self, name: &str) -> Vec<f64> {
        let number = |arg: &Arg| if let Value::Number(v) = arg.value { Some(v) } else { None };
        self.list_of(name).iter().filter_map(number).collect()
    }
}
