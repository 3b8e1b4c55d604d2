//! What a page must know of maps to say what lies under the pointer: their places, their grid, and what colors stand for.

use super::maps::{Panel, Sheet};
use super::tint::Tint;
use crate::plan::picture::Color;
use serde_json::{Value, json};

impl Sheet<'_> {
    /// The maps of the sheet, as `pointed.js` reads them.
    pub(crate) fn pointed(&self, tints: &[Tint], panels: &[Panel]) -> Value {
        let grid = &self.basemap.grid;
        let maps = panels.iter().zip(&self.layout.panels).map(|(panel, rect)| {
            let rect = rect.scaled(self.look.scale());
            json!({ "rect": [rect.x, rect.y, rect.w, rect.h], "colors": panel.tint })
        });
        // Coordinates with so many digits that two pixels differ.
        let digits = (1.0 - grid.resolution().0.abs().log10().floor()).clamp(0.0, 8.0) as usize;
        json!({
            "maps": maps.collect::<Vec<_>>(),
            "size": [grid.width, grid.height],
            "transform": grid.transform,
            "axes": if grid.is_geographic() { ["lon", "lat"] } else { ["x", "y"] },
            "digits": digits,
            "colors": tints.iter().map(named).collect::<Vec<_>>(),
        })
    }
}

/// The colors of a tint, and beside each what it stands for.
fn named(tint: &Tint) -> Value {
    let hex = |Color([r, g, b]): &Color| format!("{r:02x}{g:02x}{b:02x}");
    match tint {
        Tint::Smooth { norm, shades, .. } => {
            let n = shades.len();
            let values: Vec<f64> = (0..n).map(|i| norm.value((i as f64 + 0.5) / n as f64)).collect();
            let step = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::INFINITY, f64::min);
            let digits =
                if step > 0.0 && step.is_finite() { (-step.log10().floor()).clamp(0.0, 9.0) as usize } else { 2 };
            // A shade stands for all values that have it.
            let text = |value: &f64| format!("\u{2248} {value:.digits$}");
            json!({
                "shades": shades.iter().map(hex).collect::<Vec<_>>(),
                "values": values.iter().map(text).collect::<Vec<_>>(),
            })
        }
        Tint::Classes(classes) => json!({
            "shades": classes.iter().map(|(_, color, _)| hex(color)).collect::<Vec<_>>(),
            "values": classes.iter().map(|(.., name)| name).collect::<Vec<_>>(),
        }),
        Tint::Rgb(_) => json!({ "shades": [], "values": [] }),
    }
}
