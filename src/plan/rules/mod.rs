//! The optimiser's rules, one a file.
