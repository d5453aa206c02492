//! The one table of event kinds. A new kind is one line of it.
//!
//! A kind has a family, a canonical name, the other names it is known by, and, where a name itself says so, an
//! outcome. Names the table does not hold are events too: their kind is [`Kind::Other`].

use std::sync::LazyLock;

use super::{Names, Outcome};

/// What a kind of event is about; reports ask for families where they mean all kinds of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// One-time passwords: made, sent, verified.
    Otp,
    /// Logins and logouts.
    Login,
    /// Tokens handed out.
    Issue,
    /// Tokens exchanged for new ones.
    Refresh,
    /// Tokens presented to an API.
    Use,
    /// Tokens revoked or expired.
    End,
    /// Requests refused because something in them was not valid; these events only fail.
    Invalid,
    /// Scope checks.
    Scope,
    /// Rate limits and suspicion.
    Security,
    /// Every name the table does not hold.
    Other,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 10] = [
        Family::Otp,
        Family::Login,
        Family::Issue,
        Family::Refresh,
        Family::Use,
        Family::End,
        Family::Invalid,
        Family::Scope,
        Family::Security,
        Family::Other,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Family::Otp => "otp",
            Family::Login => "login",
            Family::Issue => "issue",
            Family::Refresh => "refresh",
            Family::Use => "use",
            Family::End => "end",
            Family::Invalid => "invalid",
            Family::Scope => "scope",
            Family::Security => "security",
            Family::Other => "other",
        }
    }
}

/// One row of the table of kinds.
#[derive(Debug)]
pub struct KindEntry {
    /// The kind this row describes.
    pub kind: Kind,
    /// What it is about.
    pub family: Family,
    /// Its canonical name: what the writer emits.
    pub name: &'static str,
    /// The outcome the canonical name itself states, if it does.
    pub outcome: Option<Outcome>,
    /// Other names that mean this kind, each with the outcome that name states.
    pub aliases: &'static [(&'static str, Option<Outcome>)],
}

macro_rules! kinds {
    ($($kind:ident, $family:ident, $name:literal, $outcome:expr, [$($alias:literal => $alias_outcome:expr),*];)*) => {
        /// A kind of event: one row of [`KINDS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`")] $kind,)*
        }

        /// Every kind, in the order of [`Kind`].
        pub static KINDS: &[KindEntry] = &[
            $(KindEntry {
                kind: Kind::$kind,
                family: Family::$family,
                name: $name,
                outcome: $outcome,
                aliases: &[$(($alias, $alias_outcome)),*],
            },)*
        ];
    };
}

const OK: Option<Outcome> = Some(Outcome::Success);
const FAILED: Option<Outcome> = Some(Outcome::Failure);

kinds! {
    // kind                 family    canonical name             outcome  also called
    OtpGenerated,           Otp,      "otp.generated",           None,    [];
    OtpSent,                Otp,      "otp.sent",                None,    [];
    OtpVerification,        Otp,      "otp.verification",        None,    [];
    OtpVerificationDetail,  Otp,      "otp.verification.detail", None,    [];
    Login,                  Login,    "auth.login",              None,    ["auth.login_success" => OK, "auth.login_failure" => FAILED, "auth_failed" => FAILED, "oauth.auth_failed" => FAILED];
    Logout,                 Login,    "auth.logout",             OK,      [];
    TokenGenerated,         Issue,    "token.generated",         OK,      [];
    TokenIssued,            Issue,    "token.issued",            OK,      [];
    TokenRefresh,           Refresh,  "token.refresh",           None,    ["token.refreshed" => OK, "auth.token_refresh" => OK];
    UserinfoAccessed,       Use,      "token.userinfo_accessed", OK,      [];
    TokenUsed,              Use,      "token.used",              OK,      ["token_used" => OK, "oauth.token_used" => OK];
    ApiTokenUsed,           Use,      "api_token.used",          None,    [];
    TokenRevoked,           End,      "token.revoked",           None,    [];
    TokenExpired,           End,      "token.expired",           None,    [];
    ValidationFailed,       Invalid,  "token.validation_failed", FAILED,  [];
    PkceFailed,             Invalid,  "token.pkce_failed",       FAILED,  [];
    CodeInvalid,            Invalid,  "token.code_invalid",      FAILED,  [];
    ClientInvalid,          Invalid,  "token.client_invalid",    FAILED,  [];
    ScopeValidated,         Scope,    "scope.validated",         OK,      ["scope_validation_success" => OK, "oauth.scope_validation_success" => OK];
    ScopeViolation,         Scope,    "scope.violation",         FAILED,  ["scope_violation" => FAILED, "oauth.scope_violation" => FAILED];
    RateLimitExceeded,      Security, "rate_limit.exceeded",     FAILED,  ["rate_limited" => FAILED, "auth.rate_limited" => FAILED];
    SuspiciousActivity,     Security, "suspicious_activity",     FAILED,  ["oauth.suspicious_activity" => FAILED];
    Other,                  Other,    "",                        None,    [];
}

/// How a name reads: its kind, the outcome it states, and the grant type it carries as a suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The kind the name means.
    pub kind: Kind,
    /// The outcome the name itself states.
    pub outcome: Option<Outcome>,
    /// The `<grant>` of `token.issued.<grant>`.
    pub grant: Option<&'a str>,
}

impl Kind {
    /// How many kinds there are: the length of a table indexed by [`Kind::index`].
    pub const COUNT: usize = Kind::Other as usize + 1;

    /// The row of the table that describes this kind.
    pub fn entry(self) -> &'static KindEntry {
        &KINDS[self.index()]
    }

    /// The canonical name: what the writer emits. Empty for [`Kind::Other`], whose names are its events' own.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What the kind is about.
    pub fn family(self) -> Family {
        self.entry().family
    }

    /// The kind's place in [`KINDS`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Reads an event's name. Names match exactly; unknown ones are [`Kind::Other`].
    pub fn of_name(name: &str) -> Named<'_> {
        if let Some((kind, outcome)) = NAMES.get(name) {
            return Named {
                kind,
                outcome,
                grant: None,
            };
        }
        match name.strip_prefix("token.issued.") {
            Some(grant) if !grant.is_empty() => Named {
                kind: Kind::TokenIssued,
                outcome: Kind::TokenIssued.entry().outcome,
                grant: Some(grant),
            },
            _ => Named {
                kind: Kind::Other,
                outcome: None,
                grant: None,
            },
        }
    }
}

/// Every name and alias, with its kind and the outcome it states.
static NAMES: LazyLock<Names<(Kind, Option<Outcome>)>> = LazyLock::new(|| {
    Names::new(KINDS[..Kind::Other.index()].iter().flat_map(|row| {
        let aliases = row
            .aliases
            .iter()
            .map(|(alias, outcome)| (*alias, (row.kind, *outcome)));
        std::iter::once((row.name, (row.kind, row.outcome))).chain(aliases)
    }))
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_stands_at_the_index_of_its_kind() {
        assert_eq!(KINDS.len(), Kind::COUNT);
        for (index, row) in KINDS.iter().enumerate() {
            assert_eq!(row.kind.index(), index, "{}", row.name);
        }
    }

    #[test]
    fn no_name_means_two_kinds() {
        let mut seen = BTreeSet::new();
        for row in KINDS {
            assert!(seen.insert(row.name), "{} twice", row.name);
            for (alias, _) in row.aliases {
                assert!(seen.insert(alias), "{alias} twice");
            }
        }
    }

    #[test]
    fn every_name_and_alias_reads_back_as_its_row() {
        for row in &KINDS[..Kind::Other.index()] {
            assert_eq!(
                Kind::of_name(row.name),
                Named {
                    kind: row.kind,
                    outcome: row.outcome,
                    grant: None
                }
            );
            for (alias, outcome) in row.aliases {
                assert_eq!(
                    Kind::of_name(alias),
                    Named {
                        kind: row.kind,
                        outcome: *outcome,
                        grant: None
                    }
                );
            }
        }
    }

    #[test]
    fn the_suffix_of_an_issue_is_its_grant_type() {
        let named = Kind::of_name("token.issued.client_credentials");
        assert_eq!(
            (named.kind, named.grant),
            (Kind::TokenIssued, Some("client_credentials"))
        );
        assert_eq!(Kind::of_name("token.issued.").kind, Kind::Other);
    }

    #[test]
    fn names_match_exactly_and_unknown_ones_are_other() {
        for name in [
            "",
            "Auth.login",
            "auth.login ",
            "auth",
            "otp.verification.details",
            "log.gap",
        ] {
            assert_eq!(
                Kind::of_name(name),
                Named {
                    kind: Kind::Other,
                    outcome: None,
                    grant: None
                },
                "{name}"
            );
        }
    }
}
