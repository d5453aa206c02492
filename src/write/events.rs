//! Typed events: one function for each kind of the product's table, and [`custom`] for the rest.
//!
//! A function starts a [`Draft`]; its methods say what is known; [`Draft::emit`] writes it. An event whose name says
//! how it ended has that outcome unless told otherwise; any other has none until [`Draft::success`] or
//! [`Draft::failure`] gives it one.
//!
//! ```
//! use authmeter::events;
//!
//! # let metrics = authmeter::Metrics::builder().format(authmeter::Format::None).build()?;
//! events::login().success().user("user-123").method("otp").emit_to(&metrics);
//! events::otp_verification().failure("Invalid code").email("user@example.com").attempts(3).emit_to(&metrics);
//! events::token_issued().client("web").grant_type("authorization_code").emit_to(&metrics);
//! # Ok::<(), authmeter::Error>(())
//! ```

use std::fmt;

use super::Metrics;
use crate::error::Error;
use crate::event::secret::Scrubbed;
use crate::event::{Fields, Kind, MetaValue, Outcome, fields};

/// An event that is being described. Nothing happens before [`emit`](Draft::emit) or [`emit_to`](Draft::emit_to).
///
/// What is said twice takes the last value.
#[derive(Clone)]
#[must_use = "an event that is not emitted is not written"]
pub struct Draft<'a> {
    name: &'a str,
    outcome: Outcome,
    reason: Option<&'a str>,
    fields: Fields<'a>,
}

macro_rules! constructors {
    ($($(#[doc = $doc:literal])+ $function:ident => $kind:ident;)*) => {
        $(
            $(#[doc = $doc])+
            #[inline]
            pub fn $function<'a>() -> Draft<'a> {
                Draft::of(Kind::$kind)
            }
        )*

        #[cfg(test)]
        const CONSTRUCTORS: &[(Kind, fn() -> Draft<'static>)] = &[$((Kind::$kind, $function)),*];
    };
}

constructors! {
    /// `otp.generated`: a one-time password was made.
    otp_generated => OtpGenerated;
    /// `otp.sent`: a one-time password was sent, or could not be.
    otp_sent => OtpSent;
    /// `otp.verification`: a one-time password was checked.
    otp_verification => OtpVerification;
    /// `otp.verification.detail`: why a check failed, beside its `otp.verification`.
    otp_verification_detail => OtpVerificationDetail;
    /// `auth.login`: somebody logged in, or tried to.
    login => Login;
    /// `auth.logout`: somebody logged out.
    logout => Logout;
    /// `token.generated`: a token was made.
    token_generated => TokenGenerated;
    /// `token.issued`: a token was handed out.
    token_issued => TokenIssued;
    /// `token.refresh`: a refresh token was exchanged, or refused.
    token_refresh => TokenRefresh;
    /// `token.userinfo_accessed`: a token was used to ask for the user's details.
    userinfo_accessed => UserinfoAccessed;
    /// `token.used`: a token was presented.
    token_used => TokenUsed;
    /// `api_token.used`: an API call was made with a token. Its outcome is that of [`status`](Draft::status).
    api_token_used => ApiTokenUsed;
    /// `token.revoked`: a token was revoked.
    token_revoked => TokenRevoked;
    /// `token.expired`: a token expired.
    token_expired => TokenExpired;
    /// `token.validation_failed`: a request for a token was not valid.
    validation_failed => ValidationFailed;
    /// `token.pkce_failed`: the code verifier did not match.
    pkce_failed => PkceFailed;
    /// `token.code_invalid`: the authorization code was not valid.
    code_invalid => CodeInvalid;
    /// `token.client_invalid`: the client was unknown, or could not prove who it is.
    client_invalid => ClientInvalid;
    /// `scope.validated`: the requested scopes were allowed.
    scope_validated => ScopeValidated;
    /// `scope.violation`: a scope was requested or used that is not allowed.
    scope_violation => ScopeViolation;
    /// `rate_limit.exceeded`: a caller was too fast.
    rate_limit_exceeded => RateLimitExceeded;
    /// `suspicious_activity`: something the application finds suspicious.
    suspicious_activity => SuspiciousActivity;
}

/// An event by name. A name the table of kinds knows has that kind's outcome.
pub fn custom(name: &str) -> Draft<'_> {
    let outcome = Kind::of_name(name).outcome.unwrap_or_default();
    Draft::new(name, outcome)
}

/// Setters of metadata: one pair each, under the field's canonical name.
macro_rules! metadata {
    ($($(#[doc = $doc:literal])+ $setter:ident($type:ty) => $key:literal;)*) => {
        impl<'a> Draft<'a> {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nWritten as `", $key, "`.")]
                #[inline]
                pub fn $setter(self, value: $type) -> Self {
                    self.meta($key, value)
                }
            )*
        }
    };
}

metadata! {
    /// The OAuth client.
    client(&'a str) => "clientId";
    /// The tenant the event belongs to.
    tenant(&'a str) => "tenantId";
    /// The caller's IP address.
    ip(&'a str) => "ip";
    /// The caller's user agent.
    user_agent(&'a str) => "userAgent";
    /// The OAuth grant type.
    grant_type(&'a str) => "grantType";
    /// Scopes, separated by blanks.
    scopes(&'a str) => "scopes";
    /// `access`, `refresh`, `id` or `api`.
    token_type(&'a str) => "tokenType";
    /// The token's id: its `jti`, or the key of its row. Never the token itself: the text is written as it is given.
    token_id(&'a str) => "tokenId";
    /// The id of the chain of rotated tokens it belongs to. Never a token: the text is written as it is given.
    token_family(&'a str) => "familyId";
    /// The session's id. Never a session cookie: the text is written as it is given.
    session(&'a str) => "sessionId";
    /// How long the token lives: text such as `"1h"`, `"15m"`, `"30d"`, or a number of seconds.
    expires_in(impl Into<MetaValue<'a>>) => "expiresIn";
    /// How the user logged in: `otp`, `magic-link`, …
    method(&'a str) => "method";
    /// What caused a token to be issued.
    source(&'a str) => "source";
    /// How many attempts were made so far.
    attempts(u64) => "attempts";
    /// The API endpoint that was called.
    endpoint(&'a str) => "endpoint";
    /// The HTTP method of the call.
    http_method(&'a str) => "httpMethod";
    /// The HTTP status of the answer.
    status(u16) => "status";
    /// How long the call took, in milliseconds.
    duration_ms(u64) => "durationMs";
    /// How severe the application thinks it is.
    severity(&'a str) => "severity";
    /// The domain of the e-mail address, where the address itself is not to be written.
    email_domain(&'a str) => "emailDomain";
}

impl<'a> Draft<'a> {
    fn of(kind: Kind) -> Draft<'a> {
        let row = kind.entry();
        Draft::new(row.name, row.outcome.unwrap_or_default())
    }

    fn new(name: &'a str, outcome: Outcome) -> Draft<'a> {
        Draft {
            name,
            outcome,
            reason: None,
            fields: fields(),
        }
    }

    /// It worked.
    #[inline]
    pub fn success(mut self) -> Self {
        self.outcome = Outcome::Success;
        self.reason = None;
        self
    }

    /// It did not, and why. An empty reason is left out.
    #[inline]
    pub fn failure(mut self, reason: &'a str) -> Self {
        self.outcome = Outcome::Failure;
        self.reason = Some(reason);
        self
    }

    /// The user's id. Written as `userId`, outside the metadata.
    #[inline]
    pub fn user(mut self, id: &'a str) -> Self {
        self.fields = self.fields.user(id);
        self
    }

    /// The user's e-mail address. Written as `email`, outside the metadata.
    #[inline]
    pub fn email(mut self, address: &'a str) -> Self {
        self.fields = self.fields.email(address);
        self
    }

    /// The token itself, of which only a fingerprint is written, as `tokenId`: see [`fingerprint`](crate::fingerprint).
    #[inline]
    pub fn token(mut self, token: &'a str) -> Self {
        self.fields = self.fields.token(token);
        self
    }

    /// Any other pair of metadata.
    #[inline]
    pub fn meta(mut self, key: &'a str, value: impl Into<MetaValue<'a>>) -> Self {
        self.fields = self.fields.meta(key, value);
        self
    }

    /// Any other pair of metadata, in place.
    #[cfg(any(feature = "tracing", feature = "tower"))]
    #[inline]
    pub(super) fn add(&mut self, key: &'a str, value: impl Into<MetaValue<'a>>) {
        self.fields.add(key, value.into());
    }

    /// Writes the event to the global writer. Never panics; before [`init_from_env`](crate::init_from_env) the event
    /// is dropped and counted.
    pub fn emit(self) {
        super::emit_globally(self.name, self.outcome, self.reason, &self.fields);
    }

    /// Writes the event to a writer. Never panics.
    #[inline]
    pub fn emit_to(self, metrics: &Metrics) {
        metrics.emit(self.name, self.outcome, self.reason, &self.fields);
    }

    /// Writes the event to the global writer and waits until the disk has it, whatever the writer's delivery: so an
    /// application refuses what it cannot record.
    ///
    /// ```no_run
    /// use authmeter::events;
    ///
    /// fn revoke(token_id: &str) -> Result<(), authmeter::Error> {
    ///     events::token_revoked().token_id(token_id).emit_durable()?;
    ///     // … and only now revoke it.
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Calls that wait at the same time share one `fdatasync`. A disabled writer, and one whose events go to a console or a
    /// pipe, has no disk to wait for.
    ///
    /// # Errors
    /// If the event is lost, if the disk fails to confirm it, or if that is not known within
    /// [`max_wait`](crate::Builder::max_wait); in the last two cases the event may well be in the log.
    pub fn emit_durable(self) -> Result<(), Error> {
        super::global::emit_globally_durable(self.name, self.outcome, self.reason, &self.fields)
    }

    /// Writes the event to a writer and waits until the disk has it, as [`emit_durable`](Self::emit_durable) does.
    ///
    /// # Errors
    /// As there.
    pub fn emit_durable_to(self, metrics: &Metrics) -> Result<(), Error> {
        metrics.emit_durable(self.name, self.outcome, self.reason, &self.fields)
    }
}

/// Secrets that can be recognised are masked.
impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("name", &Scrubbed(self.name))
            .field("outcome", &self.outcome)
            .field("reason", &self.reason.map(Scrubbed))
            .field("fields", &self.fields)
            .finish()
    }
}

#[cfg(test)]
mod tests;
