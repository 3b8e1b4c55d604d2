//! Makes a plan cheaper without changing its answer.
