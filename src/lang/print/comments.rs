//! The comments of a source, in order.

use crate::lang::scan::{Token, scan};

#[derive(Clone, Copy)]
pub(super) struct Comment<'a> {
    pub start: usize,
    pub text: &'a str,
    /// Whether something else stands before it on its line.
    pub trails: bool,
}

/// Hands the comments out from first to last.
pub(super) struct Comments<'a> {
    comments: Vec<Comment<'a>>,
    taken: usize,
}

impl<'a> Comments<'a> {
    pub(super) fn new(source: &'a str) -> Comments<'a> {
        let mut comments = Vec::new();
        let mut starts_line = true;
        for (token, range) in scan(source) {
            match token {
                Token::Comment => {
                    comments.push(Comment { start: range.start, text: &source[range.clone()], trails: !starts_line })
                }
                Token::Newline => starts_line = true,
                _ => starts_line = false,
            }
        }
        Comments { comments, taken: 0 }
    }

    /// The comments that start before a byte and have not been handed out yet.
    pub(super) fn until(&mut self, end: usize) -> &[Comment<'a>] {
        let from = self.taken;
        self.taken += self.comments[from..].iter().take_while(|comment| comment.start < end).count();
        &self.comments[from..self.taken]
    }
}
