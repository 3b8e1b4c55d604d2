//! The reducers, one file each. A file here is a const [`Definition`]: the name of a reducer, the statistics that must
//! be kept of the values, and how its result is computed from them. The build script lists the files; the plan, the
//! loops over pixels, help, completion and documentation read the list.
//!
//! **Invariant:** the loops know statistics, never the name of a reducer.

/// The types of which definitions are built.
mod vocabulary {
    pub(super) mod definition;
    pub(super) mod reducer;
    pub(super) mod series;
}

pub(crate) use vocabulary::definition::{Definition, Finish, LinePart, Pick, ResultType, Statistic, Unit, each};
pub use vocabulary::reducer::Reducer;
pub(crate) use vocabulary::series::{FromValues, OfType, Series};

include!(concat!(env!("OUT_DIR"), "/reducers.rs"));

/// What every file of a reducer uses.
mod prelude {
    pub(super) use super::vocabulary::definition::{
        Definition, Finish, LinePart, Pick, ReducerSyntax, ResultType, Statistic, Unit, each,
    };
    pub(super) use super::vocabulary::series::{FromValues, Series, order};
    pub(super) use crate::cube::chunk::PixelType;
}
