//! What generated events say: names, reasons, metadata. One event is a small value that an encoding turns into a line
//! and the truth counts.

use super::population::{Client, Population, User, write_number};
use crate::event::{Kind, Outcome};

macro_rules! words {
    ($(#[$about:meta])* $type:ident, $($word:ident => $text:expr;)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum $type { $($word,)* }

        impl $type {
            pub(super) const ALL: &[$type] = &[$($type::$word,)*];

            /// What a line says for it.
            pub(super) fn text(self) -> &'static str {
                const TEXTS: &[&str] = &[$($text,)*];
                TEXTS[self as usize]
            }
        }
    };
}

words! {
    /// The names of generated events: kinds by their canonical name, and a few that only an application knows.
    Name,
    OtpGenerated => "otp.generated";
    OtpSent => "otp.sent";
    OtpVerification => "otp.verification";
    OtpVerificationDetail => "otp.verification.detail";
    Login => "auth.login";
    Logout => "auth.logout";
    TokenGenerated => "token.generated";
    TokenRefresh => "token.refresh";
    TokenRevoked => "token.revoked";
    ValidationFailed => "token.validation_failed";
    PkceFailed => "token.pkce_failed";
    ScopeViolation => "scope.violation";
    RateLimitExceeded => "rate_limit.exceeded";
    MagicLinkSent => "magic_link.sent";
    ProfileUpdated => "profile.updated";
    DeviceTrusted => "device.trusted";
    WebhookFailed => "webhook.delivery_failed";
    PasskeyChallenge => "passkey.challenge";
}

words! {
    /// Why something failed. The four of `otp.verification.detail` are those of the application the format comes from.
    Reason,
    NoOtpFound => "No OTP found for email";
    OtpExpired => "OTP expired";
    MaxAttempts => "Max attempts exceeded";
    InvalidCode => "Invalid code";
    InvalidOrExpired => "Invalid or expired code";
    DeliveryFailed => "Email delivery failed";
    MailboxFull => "Mailbox full";
    AccountLocked => "Account locked";
    AccountDisabled => "Account disabled";
    EmailNotVerified => "Email not verified";
    UserNotFound => "User not found";
    LinkExpired => "Magic link expired";
    LinkUsed => "Magic link already used";
    SigningKey => "Signing key unavailable";
    RefreshExpired => "Refresh token expired";
    RefreshRevoked => "Refresh token revoked";
    RefreshUnknown => "Refresh token not found";
    RefreshReuse => "Refresh token reuse detected";
    TokenExpired => "Token expired";
    BadSignature => "Invalid signature";
    WrongAudience => "Audience mismatch";
    CodeVerifier => "code_verifier mismatch";
    MissingScope => "Insufficient scope";
    TooMany => "Too many requests";
    Timeout => "Timeout after 10 s";
    Cancelled => "Cancelled by user";
    // The same in other languages, as applications that translate their messages write them; hostile logs only.
    InvalidCodeGerman => "Ungültiger Code";
    InvalidCodeJapanese => "コードが無効です";
    OtpExpiredSpanish => "El código ha caducado";
    AccountLockedTurkish => "Hesap kilitli 🔒";
    RefreshExpiredFrench => "Jeton d’actualisation expiré";
    QuotedPath => "Refused by \"policy\" in C:\\auth\\rules / default";
}

impl Reason {
    /// The same reason in another language, where the vocabulary has one; `turn` chooses between several.
    pub(super) fn translated(self, turn: u32) -> Option<Reason> {
        Some(match self {
            Reason::InvalidCode if turn.is_multiple_of(2) => Reason::InvalidCodeGerman,
            Reason::InvalidCode => Reason::InvalidCodeJapanese,
            Reason::OtpExpired => Reason::OtpExpiredSpanish,
            Reason::AccountLocked => Reason::AccountLockedTurkish,
            Reason::RefreshExpired | Reason::RefreshRevoked => Reason::RefreshExpiredFrench,
            Reason::MissingScope | Reason::TokenExpired => Reason::QuotedPath,
            _ => return None,
        })
    }
}

impl Name {
    /// The outcome the name itself states, by the table of kinds.
    pub(super) fn stated_outcome(self) -> Option<Outcome> {
        Kind::of_name(self.text()).outcome
    }

    /// Whether scripts written for the writer's own lines count this name by its `success` field.
    pub(super) fn counted_by_success(self) -> bool {
        self.text().starts_with("otp.")
            || matches!(
                self,
                Name::Login | Name::TokenGenerated | Name::TokenRefresh
            )
    }
}

words! {
    /// How a user logs in.
    Method,
    Otp => "otp";
    MagicLink => "magic-link";
}

/// Which pairs an event has as metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Nothing,
    /// `emailDomain`
    Domain,
    /// `attempts`
    Attempts(u8),
    /// `method`, `clientId`, `ip`
    Login,
    /// `tokenType`, `source`, `expiresIn`, `clientId`
    AccessToken,
    /// The same, of a refresh token.
    RefreshToken,
    /// `clientId`, `ip`
    Call,
    /// `clientId`, `scope`
    Scope,
    /// `tokenType`, `clientId`
    Ended,
    /// `ip`
    Address,
}

/// The value of a metadata pair.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    Text(&'a str),
    Number(u64),
    Ip,
}

/// One event, before it is a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) name: Name,
    pub(super) user: User,
    /// Whether `userId` is given.
    pub(super) says_user: bool,
    /// Whether `email` is given.
    pub(super) says_email: bool,
    pub(super) success: Option<bool>,
    pub(super) reason: Option<Reason>,
    pub(super) about: About,
    pub(super) client: Client,
    pub(super) method: Method,
    /// Which of the user's addresses the call came from.
    pub(super) place: u8,
}

impl Event {
    /// Calls `each` with the metadata pairs in the writer's order.
    pub(super) fn metadata<'a>(
        &self,
        population: &'a Population,
        mut each: impl FnMut(&'static str, Said<'a>),
    ) {
        let client = Said::Text(&population.clients()[usize::from(self.client)]);
        match self.about {
            About::Nothing => {}
            About::Domain => each("emailDomain", Said::Text(population.domain(self.user))),
            About::Attempts(attempts) => each("attempts", Said::Number(attempts.into())),
            About::Login => {
                each("method", Said::Text(self.method.text()));
                each("clientId", client);
                each("ip", Said::Ip);
            }
            About::AccessToken | About::RefreshToken => {
                let (kind, lifetime) = match self.about {
                    About::AccessToken => ("access", "1h"),
                    _ => ("refresh", "30d"),
                };
                each("tokenType", Said::Text(kind));
                each("source", Said::Text(self.method.text()));
                each("expiresIn", Said::Text(lifetime));
                each("clientId", client);
            }
            About::Call => {
                each("clientId", client);
                each("ip", Said::Ip);
            }
            About::Scope => {
                each("clientId", client);
                each("scope", Said::Text("orders:write"));
            }
            About::Ended => {
                each("tokenType", Said::Text("refresh"));
                each("clientId", client);
            }
            About::Address => each("ip", Said::Ip),
        }
    }

    /// Writes a metadata value without quotes; only text that needs no escaping is ever said.
    pub(super) fn write_said(&self, said: Said<'_>, population: &Population, out: &mut Vec<u8>) {
        match said {
            Said::Text(text) => out.extend_from_slice(text.as_bytes()),
            Said::Number(number) => write_number(number, out),
            Said::Ip => population.write_ip(self.user, self.place, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_canonical_or_unknown() {
        for &name in Name::ALL {
            let kind = Kind::of_name(name.text()).kind;
            assert!(
                kind == Kind::Other || kind.name() == name.text(),
                "{name:?}"
            );
        }
        assert_eq!(Kind::of_name(Name::MagicLinkSent.text()).kind, Kind::Other);
    }
}
