//! What every part that calls GDAL needs of it: drivers, messages, settings, and silence.

pub(crate) mod allowed;
pub(crate) mod defaults;
pub(crate) mod lacking;
pub(crate) mod library;
pub(crate) mod quiet;
pub(crate) mod said;
pub(crate) mod settings;
