pub mod cube;
pub mod diagnostic;
