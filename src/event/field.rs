//! The fields an event can have, by the name the product uses for each.

/// A field of an event. What it is called in a log is the reader's business; this is what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// The event's name.
    Event,
    /// When it happened.
    Timestamp,
    /// The user's id.
    User,
    /// The user's e-mail address, as written.
    Email,
    /// The OAuth client.
    Client,
    /// The tenant the event belongs to.
    Tenant,
    /// `true` or `false`.
    Success,
    /// Why it failed.
    Reason,
    /// How severe the application thinks it is.
    Severity,
    /// The caller's IP address: one text for one address, without a port.
    Ip,
    /// The caller's user agent.
    UserAgent,
    /// The OAuth grant type.
    GrantType,
    /// Scopes, separated by blanks.
    Scopes,
    /// `access`, `refresh`, `id` or `api`.
    TokenType,
    /// The token.
    TokenId,
    /// The chain of rotated tokens it belongs to.
    TokenFamily,
    /// The session.
    Session,
    /// How long the token lives: `1h`, `30d`, or seconds.
    ExpiresIn,
    /// How the user logged in: `otp`, `magic-link`, …
    Method,
    /// What caused a token to be issued.
    Source,
    /// How many attempts were made so far.
    Attempts,
    /// The API endpoint that was called.
    Endpoint,
    /// The HTTP method of the call.
    HttpMethod,
    /// The HTTP status of the answer.
    Status,
    /// How long the call took, in milliseconds.
    DurationMs,
    /// Who the event is about: the user id, else the e-mail address in lower case. No log has it; it is made of the two.
    Subject,
    /// The domain of the e-mail address, in lower case. It is made of the address.
    Domain,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = Field::Domain as usize + 1;

    /// Every field.
    pub const ALL: [Field; Field::COUNT] = [
        Field::Event,
        Field::Timestamp,
        Field::User,
        Field::Email,
        Field::Client,
        Field::Tenant,
        Field::Success,
        Field::Reason,
        Field::Severity,
        Field::Ip,
        Field::UserAgent,
        Field::GrantType,
        Field::Scopes,
        Field::TokenType,
        Field::TokenId,
        Field::TokenFamily,
        Field::Session,
        Field::ExpiresIn,
        Field::Method,
        Field::Source,
        Field::Attempts,
        Field::Endpoint,
        Field::HttpMethod,
        Field::Status,
        Field::DurationMs,
        Field::Subject,
        Field::Domain,
    ];

    /// What it is called where people read of it.
    pub fn name(self) -> &'static str {
        match self {
            Field::Event => "event",
            Field::Timestamp => "timestamp",
            Field::User => "user",
            Field::Email => "email",
            Field::Client => "client",
            Field::Tenant => "tenant",
            Field::Success => "success",
            Field::Reason => "reason",
            Field::Severity => "severity",
            Field::Ip => "ip",
            Field::UserAgent => "user_agent",
            Field::GrantType => "grant_type",
            Field::Scopes => "scopes",
            Field::TokenType => "token_type",
            Field::TokenId => "token_id",
            Field::TokenFamily => "token_family",
            Field::Session => "session",
            Field::ExpiresIn => "expires_in",
            Field::Method => "method",
            Field::Source => "source",
            Field::Attempts => "attempts",
            Field::Endpoint => "endpoint",
            Field::HttpMethod => "http_method",
            Field::Status => "status",
            Field::DurationMs => "duration",
            Field::Subject => "subject",
            Field::Domain => "domain",
        }
    }
}

/// A set of fields: what a report needs, and so what the reader has to look for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u32);

impl FieldSet {
    /// No field.
    pub const EMPTY: FieldSet = FieldSet(0);

    /// Every field.
    pub const ALL: FieldSet = FieldSet((1 << Field::COUNT) - 1);

    /// Exactly these fields.
    pub const fn of(fields: &[Field]) -> FieldSet {
        let (mut bits, mut at) = (0, 0);
        while at < fields.len() {
            bits |= 1 << fields[at] as u32;
            at += 1;
        }
        FieldSet(bits)
    }

    /// The fields of either set.
    pub const fn union(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// The fields of both sets.
    pub const fn intersection(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & other.0)
    }

    /// The set and `field`.
    pub const fn with(self, field: Field) -> FieldSet {
        FieldSet(self.0 | 1 << field as u32)
    }

    /// The set but `field`.
    pub const fn without(self, field: Field) -> FieldSet {
        FieldSet(self.0 & !(1 << field as u32))
    }

    /// Its fields.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL
            .into_iter()
            .filter(move |field| self.contains(*field))
    }

    /// Whether the set holds `field`.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u32) != 0
    }
}
