//! A batch in parts, for an endpoint that finds it too large (413).
//!
//! A batch is halved at a newline, and its halves again. Where it is cut depends on its bytes alone, and a half has an
//! id of its own (`….0` and `….1`). So a part that is sent again is the same part, after a restart, too.

/// A whole batch, or a part of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) id: String,
    pub(super) bytes: &'a [u8],
}

impl<'a> Part<'a> {
    pub(super) fn whole(id: &str, bytes: &'a [u8]) -> Part<'a> {
        let id = id.to_owned();
        Part { id, bytes }
    }

    /// Two halves of whole lines; `None` of a single line.
    pub(super) fn split(&self) -> Option<(Part<'a>, Part<'a>)> {
        let last = self.bytes.len().checked_sub(1)?;
        let (before, after) = self.bytes[..last].split_at(last / 2);
        let newline = |byte: &u8| *byte == b'\n';
        let cut = match after.iter().position(newline) {
            Some(at) => before.len() + at,
            None => before.iter().rposition(newline)?,
        };
        let (first, second) = self.bytes.split_at(cut + 1);
        let half = |end: &str, bytes| Part {
            id: format!("{}.{end}", self.id),
            bytes,
        };
        Some((half("0", first), half("1", second)))
    }
}

#[cfg(test)]
mod tests;
