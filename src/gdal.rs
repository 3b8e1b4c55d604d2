//! What every part that calls GDAL needs of it: drivers, messages, settings, and silence.

mod defaults;
pub mod library;
pub mod quiet;
pub mod said;
pub mod settings;
