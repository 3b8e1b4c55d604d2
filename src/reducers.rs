//! The reducers, one file each. A file here is a const [`Definition`]: what a reducer is called, what must be kept of the
//! values, and how its number comes of that. The build script lists the files; the plan, the loops over pixels, help,
//! completion and documentation read the list.
//!
//! **Invariant:** the loops know statistics, never the name of a reducer.

/// What definitions are made of.
mod vocabulary {
    pub mod definition;
    pub mod reducer;
    pub mod series;
}

pub use vocabulary::definition::{Definition, Finish, LinePart, Pick, ResultType, Statistic, each};
pub use vocabulary::reducer::Reducer;
pub use vocabulary::series::{FromValues, OfType, Series};

include!(concat!(env!("OUT_DIR"), "/reducers.rs"));

/// What every file of a reducer uses.
mod prelude {
    pub use super::vocabulary::definition::{
        Definition, Finish, LinePart, Pick, ReducerSyntax, ResultType, Statistic, Unit, each,
    };
    pub use super::vocabulary::series::{FromValues, Series, order};
    pub use crate::cube::chunk::PixelType;
}
