//! The questions of `oracle/queries.py`, on the real data.

use super::shared;
use crate::oracle::answers_agree;

/// Twin: `answers_on_the_examples`.
#[test]
fn answers_on_real_data() {
    if let Some(data) = shared("data") {
        assert!(answers_agree("queries.py", &data) >= 80);
    }
}
