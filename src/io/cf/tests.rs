//! Files described by hand, as the conventions and their writers have them.
