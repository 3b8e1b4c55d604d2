//! The longitudes and latitudes of pixels on rows and columns that are only counted: two more bands of the file.

use super::axes::{self, Role};
use super::grid::{self, FileGrid};
use super::header::Header;
use super::select::DataVar;
use super::steps::DimIndex;
use super::stored::{Layout, band, stored};
use crate::cube::{Band, GeoBox, Schema, TimeAxis};

/// How longitude and latitude are stored, and the cube that they are.
pub(crate) struct Located {
    pub layout: Layout,
    pub schema: Schema,
}

/// The longitude and latitude of the pixels of a variable, if it has both; of several times those of the first.
pub(super) fn located(
    header: &Header,
    chosen: &DataVar,
    placed: &FileGrid,
    notes: &mut Vec<String>,
) -> Option<Located> {
    let all = grid::wide(header, chosen.variable);
    let of = |role: Role| all.iter().copied().find(|v| axes::is_earthly(v, role));
    let pair = [of(Role::X)?, of(Role::Y)?];
    let (mut variables, mut bands): (Vec<_>, Vec<Band>) = (Vec::new(), Vec::new());
    for variable in pair {
        // The last two dimensions are those of the data.
        let lead = variable.dims.len() - 2;
        let own = &chosen.roles[chosen.roles.len() - 2..];
        let roles: Vec<Role> = (0..lead).map(|_| Role::Other).chain(own.iter().copied()).collect();
        let place = |role: &Role| match role {
            Role::X => DimIndex::X,
            Role::Y => DimIndex::Y,
            Role::Time | Role::Other => DimIndex::At(0),
        };
        let places: Vec<DimIndex> = roles.iter().map(place).collect();
        if !places.contains(&DimIndex::X) || !places.contains(&DimIndex::Y) {
            return None;
        }
        if variable.dims[..lead].iter().any(|dim| dim.len > 1) {
            notes.push(format!("of {} the first map is taken for all steps", variable.describe()));
        }
        let field = DataVar { variable, roles, step: None };
        let stored = stored(&field, places, false, notes);
        bands.push(band(&stored, variable, variable.stem().to_string(), false));
        variables.push(stored);
    }
    let layout = Layout { variables, flip_y: placed.flip_y, flip_x: placed.flip_x };
    let rows = GeoBox::new(None, placed.grid.transform, placed.grid.width, placed.grid.height);
    let rows = GeoBox { upward: placed.grid.upward, ..rows };
    Some(Located { layout, schema: Schema::new(TimeAxis::Positions(1), bands, rows) })
}
