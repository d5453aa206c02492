//! What may be wrong with a sealed log, and where.

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// Lines between two seals are not those that were sealed.
    Changed,
    /// A line that looks like a seal and was not made with the key it names.
    Forged,
    /// Seals of a key that was not given.
    UnknownKey,
    /// Seals are not there, though later ones are.
    Missing,
    /// Seals are there twice, or not in their order.
    Repeated,
    /// A seal that goes on from another one than the one before it.
    Rewritten,
    /// Another chain in the middle of a file.
    AnotherChain,
    /// Lines behind the last seal of a file, though the chain goes on elsewhere without them.
    Appended,
    /// An input without any seal.
    Unsealed,
    /// The log ends before a seal that was seen earlier.
    Cut,
    /// A chain that was seen earlier is not there.
    Replaced,
}

impl Sort {
    pub(crate) const ALL: [Sort; 11] = [
        Sort::Changed,
        Sort::Forged,
        Sort::UnknownKey,
        Sort::Missing,
        Sort::Repeated,
        Sort::Rewritten,
        Sort::AnotherChain,
        Sort::Appended,
        Sort::Unsealed,
        Sort::Cut,
        Sort::Replaced,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Sort::Changed => "changed",
            Sort::Forged => "forged",
            Sort::UnknownKey => "unknown_key",
            Sort::Missing => "missing",
            Sort::Repeated => "repeated",
            Sort::Rewritten => "rewritten",
            Sort::AnotherChain => "another_chain",
            Sort::Appended => "appended",
            Sort::Unsealed => "unsealed",
            Sort::Cut => "cut",
            Sort::Replaced => "replaced",
        }
    }
}

/// A stretch of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) input: u32,
    /// The first line of it, counted from 1.
    pub(crate) line: u64,
    /// The last line of it; one less than the first where it has none.
    pub(crate) last_line: u64,
    /// Bytes from the start of the input to its first one.
    pub(crate) byte: u64,
    /// Bytes from the start of the input to the first one behind it.
    pub(crate) end: u64,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// `None` where it is about what is not there.
    pub(crate) place: Option<Place>,
    pub(crate) sort: Sort,
    /// First and last number of the seals it is about.
    pub(crate) seals: Option<(u64, u64)>,
    pub(crate) what: String,
}

/// All that is wrong: the first of them, and how many there are of each sort.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) kept: Vec<Finding>,
    pub(crate) counts: [u64; Sort::ALL.len()],
    most: usize,
}

impl Findings {
    /// Room for so many.
    pub(crate) fn new(most: usize) -> Findings {
        Findings {
            most,
            ..Findings::default()
        }
    }

    pub(crate) fn add(
        &mut self,
        sort: Sort,
        place: Option<Place>,
        seals: Option<(u64, u64)>,
        what: String,
    ) {
        self.counts[sort as usize] += 1;
        if self.kept.len() < self.most {
            self.kept.push(Finding {
                place,
                sort,
                seals,
                what,
            });
        }
    }

    /// Takes what was found elsewhere.
    pub(crate) fn extend(&mut self, other: Findings) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        let room = self.most.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn count(&self, sort: Sort) -> u64 {
        self.counts[sort as usize]
    }

    /// In the order of places; what has none comes last.
    pub(super) fn sort(&mut self) {
        self.kept.sort_by(|one, other| {
            let key = |finding: &Finding| (finding.place.is_none(), finding.place);
            key(one).cmp(&key(other)).then_with(|| one.cmp(other))
        });
    }
}
