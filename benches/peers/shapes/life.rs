//! Events of many users, one after the other, and the count of what they say.

/// Whose events these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Users who come again and again, with events of every kind.
    Regulars,
    /// Regulars, in a log that knows none of the names of their events.
    Unknown,
    /// Logins alone, each by a user never seen before.
    Newcomers,
}

/// What happened once.
pub(crate) struct Event {
    /// Its name, as the writer calls it.
    pub(crate) name: &'static str,
    /// Milliseconds since 2025-01-06T00:00:00Z; the log ends before that month does.
    pub(crate) at: u64,
    pub(crate) user: u64,
    /// Whether it names the user by id; else by e-mail alone, which is another subject.
    pub(crate) by_id: bool,
    pub(crate) success: Option<bool>,
    pub(crate) error: Option<&'static str>,
}

/// What a log says.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) lines: u64,
    logins: [u64; 2],
    refreshes: [u64; 2],
    failures: u64,
    login_users: Set,
    refresh_users: Set,
    subjects: Set,
}

/// A stream of events.
pub(crate) struct Life {
    pub(crate) random: Random,
    pub(crate) truth: Truth,
    users: u64,
    who: Who,
    at: u64,
}

/// Name, weight of 100, per cent that fail, the reasons of failure; whether it names the user by id.
type Row = (&'static str, u64, u64, &'static [&'static str], bool);

const KINDS: &[Row] = &[
    (
        "auth.login",
        20,
        10,
        &["Account locked", "User not found", "Account disabled"],
        true,
    ),
    (
        "token.refresh",
        30,
        5,
        &["Refresh token expired", "Refresh token revoked"],
        true,
    ),
    ("token.generated", 20, 0, &[], true),
    ("otp.sent", 10, 1, &["Mailbox full"], false),
    (
        "otp.verification",
        10,
        20,
        &["Invalid code", "OTP expired"],
        false,
    ),
    (
        "token.validation_failed",
        5,
        100,
        &["Invalid signature"],
        true,
    ),
    ("profile.viewed", 5, 0, &[], true),
];

impl Life {
    pub(crate) fn new(users: u64, who: Who) -> Life {
        Life {
            random: Random(0x5EED),
            truth: Truth::default(),
            users,
            who,
            at: 0,
        }
    }

    /// The next event; it is counted.
    pub(crate) fn event(&mut self) -> Event {
        self.at += self.random.below(300);
        let newcomers = self.who == Who::Newcomers;
        let (name, _, failing, reasons, by_id) = match newcomers {
            true => KINDS[0],
            false => self.kind(),
        };
        let failed = self.random.below(100) < failing;
        // A kind that only fails says so by its name, and not by a field.
        let success = (failing < 100).then_some(!failed);
        let error = failed.then(|| reasons[self.random.below(reasons.len() as u64) as usize]);
        let user = match newcomers {
            true => self.truth.lines,
            false => self.random.below(self.users),
        };
        let event = Event {
            name,
            at: self.at,
            user,
            by_id,
            success,
            error,
        };
        self.truth.count(&event, failed, self.who != Who::Unknown);
        event
    }

    fn kind(&mut self) -> Row {
        let mut left = self.random.below(100);
        for row in KINDS {
            if left < row.1 {
                return *row;
            }
            left -= row.1;
        }
        KINDS[0]
    }
}

impl Truth {
    fn count(&mut self, event: &Event, failed: bool, known: bool) {
        self.lines += 1;
        // A failure that its name alone tells is none where the name is unknown; but its reason tells it too.
        self.failures += u64::from(failed);
        self.subjects.add(event.user * 2 + u64::from(event.by_id));
        match event.name {
            "auth.login" if known => {
                self.logins[usize::from(failed)] += 1;
                self.login_users.add(event.user);
            }
            "token.refresh" if known => {
                self.refreshes[usize::from(failed)] += 1;
                if !failed {
                    self.refresh_users.add(event.user);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn json(&self, bytes: u64) -> String {
        let numbers = [
            ("lines", self.lines),
            ("events", self.lines),
            ("bytes", bytes),
            ("logins.success", self.logins[0]),
            ("logins.failure", self.logins[1]),
            ("logins.users", self.login_users.count()),
            ("refreshes.success", self.refreshes[0]),
            ("refreshes.failure", self.refreshes[1]),
            ("refreshes.users", self.refresh_users.count()),
            ("failures", self.failures),
            ("subjects", self.subjects.count()),
        ];
        let pairs: Vec<String> = numbers
            .iter()
            .map(|(name, number)| format!("\"{name}\": {number}"))
            .collect();
        format!("{{{}}}\n", pairs.join(", "))
    }
}

/// Small numbers, each at most once.
#[derive(Default)]
struct Set(Vec<u64>);

impl Set {
    fn add(&mut self, number: u64) {
        let word = (number / 64) as usize;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// SplitMix64's finish: different numbers become different numbers.
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
