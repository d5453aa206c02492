//! Sessions: what one user does from the first code to the last refresh.
//!
//! ```text
//! otp.generated → otp.sent → otp.verification (+ detail when it fails) … → auth.login
//!   → token.generated (access, refresh) → token.refresh, about every hour … → auth.logout, token.revoked
//! ```
//!
//! The rates are chosen so that a log looks like that of a service in good order (about nine logins in ten succeed,
//! a few refreshes in a hundred fail) with two clients that stand out, so that reports have something to show.

use super::population::Population;
use super::random::Random;
use super::vocabulary::{About, Event, Method, Name, Reason};

/// The client, by index, whose logins fail three times as often as elsewhere.
const CLIENT_WITH_BAD_LOGINS: u16 = 4;
/// The client, by index, whose refreshes fail four times as often as elsewhere.
const CLIENT_WITH_BAD_REFRESHES: u16 = 6;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60_000;

/// A session under way: who, from where, and what time it is in it.
pub(super) struct Session<'a> {
    /// What the session's events have in common, and the time of the latest.
    now: Event,
    random: &'a mut Random,
    out: &'a mut Vec<Event>,
}

/// Appends the events of one session that starts at `at`; at least one, none earlier than `at`.
pub(super) fn live(population: &Population, at: i64, random: &mut Random, out: &mut Vec<Event>) {
    let user = population.user(random);
    let client = population.client(user, random);
    let place = random.weighted(&[(78, 0), (17, 1), (5, 2)]);
    let method = random.weighted(&[(82, Method::Otp), (18, Method::MagicLink)]);
    let now = Event {
        at,
        name: Name::OtpGenerated,
        user,
        says_user: false,
        says_email: true,
        success: Some(true),
        reason: None,
        about: About::Nothing,
        client,
        method,
        place,
    };
    Session { now, random, out }.run();
}

impl Session<'_> {
    fn run(mut self) {
        if self.random.chance(12) {
            return self.stray();
        }
        let proved = match self.now.method {
            Method::Otp => self.prove_by_code(),
            Method::MagicLink => self.open_link(),
        };
        if proved && self.log_in() && self.take_tokens() {
            self.stay();
        }
    }

    /// Appends an event of this moment.
    fn say(&mut self, name: Name, reason: Option<Reason>, about: About) {
        self.out.push(Event {
            name,
            success: Some(reason.is_none()),
            reason,
            about,
            // A stored refresh token knows its user's id, not the address.
            says_email: name != Name::TokenRefresh,
            ..self.now
        });
    }

    fn wait(&mut self, from: i64, to: i64) {
        self.now.at += from + i64::from(self.random.below((to - from) as u32));
    }

    /// A refused request that belongs to no login.
    fn stray(&mut self) {
        if self.random.chance(400) {
            return self.say(Name::PkceFailed, Some(Reason::CodeVerifier), About::Call);
        }
        for _ in 0..self.random.between(1, 4) {
            self.say(
                Name::RateLimitExceeded,
                Some(Reason::TooMany),
                About::Address,
            );
            self.wait(200, 3 * SECOND);
        }
    }

    /// Codes by e-mail until one is verified (true) or the user gives up.
    fn prove_by_code(&mut self) -> bool {
        for _ in 0..3 {
            self.say(Name::OtpGenerated, None, About::Domain);
            self.wait(60, 420);
            if self.random.chance(14) {
                let reason = self
                    .random
                    .weighted(&[(5, Reason::DeliveryFailed), (2, Reason::MailboxFull)]);
                self.say(Name::OtpSent, Some(reason), About::Nothing);
            } else {
                self.say(Name::OtpSent, None, About::Nothing);
                if self.random.chance(35) {
                    return false;
                }
                if let Some(proved) = self.enter_code() {
                    return proved;
                }
            }
            self.wait(15 * SECOND, 90 * SECOND);
            if self.random.chance(300) {
                return false;
            }
        }
        false
    }

    /// Attempts at one code. `None`: the code has expired, another is needed.
    fn enter_code(&mut self) -> Option<bool> {
        self.wait(7 * SECOND, 75 * SECOND);
        if self.random.chance(24) {
            self.wait(10 * MINUTE, 25 * MINUTE);
            self.fail_verification(Reason::OtpExpired, About::Nothing);
            return None;
        }
        if self.random.chance(14) {
            self.fail_verification(Reason::NoOtpFound, About::Nothing);
            return Some(false);
        }
        for attempts in 1..=3 {
            // Who mistypes once mistypes again more easily.
            if !self.random.chance(if attempts == 1 { 140 } else { 330 }) {
                self.say(Name::OtpVerification, None, About::Nothing);
                return Some(true);
            }
            self.fail_verification(Reason::InvalidCode, About::Attempts(attempts));
            self.wait(4 * SECOND, 25 * SECOND);
        }
        self.fail_verification(Reason::MaxAttempts, About::Attempts(3));
        Some(false)
    }

    /// One failed attempt: the detail first, then the verification as a whole.
    fn fail_verification(&mut self, reason: Reason, about: About) {
        self.say(Name::OtpVerificationDetail, Some(reason), about);
        self.wait(0, 3);
        let whole = Some(Reason::InvalidOrExpired);
        self.say(Name::OtpVerification, whole, About::Nothing);
    }

    fn open_link(&mut self) -> bool {
        self.say(Name::MagicLinkSent, None, About::Domain);
        self.wait(10 * SECOND, 4 * MINUTE);
        !self.random.chance(60)
    }

    fn log_in(&mut self) -> bool {
        self.wait(5, 40);
        self.now.says_user = true;
        let trouble = match (self.now.client, self.now.method) {
            (CLIENT_WITH_BAD_LOGINS, _) => 190,
            (_, Method::Otp) => 65,
            (_, Method::MagicLink) => 110,
        };
        if !self.random.chance(trouble) {
            self.say(Name::Login, None, About::Login);
            return true;
        }
        let reason = match self.now.method {
            Method::MagicLink if self.random.chance(700) => self
                .random
                .weighted(&[(3, Reason::LinkExpired), (1, Reason::LinkUsed)]),
            _ => self.random.weighted(&[
                (45, Reason::AccountLocked),
                (25, Reason::EmailNotVerified),
                (15, Reason::AccountDisabled),
                (15, Reason::UserNotFound),
            ]),
        };
        self.now.says_user = reason != Reason::UserNotFound;
        self.say(Name::Login, Some(reason), About::Login);
        false
    }

    fn take_tokens(&mut self) -> bool {
        self.wait(2, 15);
        if self.random.chance(2) {
            let reason = Some(Reason::SigningKey);
            self.say(Name::TokenGenerated, reason, About::AccessToken);
            return false;
        }
        self.say(Name::TokenGenerated, None, About::AccessToken);
        self.wait(1, 4);
        self.say(Name::TokenGenerated, None, About::RefreshToken);
        true
    }

    /// Refreshes about every hour, some API trouble in between, perhaps a logout.
    fn stay(&mut self) {
        if self.random.chance(80) {
            self.wait(5 * SECOND, 10 * MINUTE);
            self.application_event();
        }
        while self.random.chance(800) {
            self.between_refreshes();
            if !self.refresh() {
                return;
            }
        }
        if self.random.chance(240) {
            self.wait(30 * SECOND, 50 * MINUTE);
            self.say(Name::Logout, None, About::Nothing);
            self.wait(1, 6);
            self.say(Name::TokenRevoked, None, About::Ended);
        }
    }

    /// The time until an access token of an hour is renewed: shortly before it ends, seldom much later.
    fn between_refreshes(&mut self) {
        if self.random.chance(25) {
            self.wait(8 * 60 * MINUTE, 14 * 60 * MINUTE);
            return;
        }
        let refresh_at = self.now.at + i64::from(self.random.between(50 * 60_000, 61 * 60_000));
        if self.random.chance(30) {
            self.wait(MINUTE, 45 * MINUTE);
            self.api_trouble();
        }
        self.now.at = refresh_at;
    }

    fn refresh(&mut self) -> bool {
        let trouble = match self.now.client {
            CLIENT_WITH_BAD_REFRESHES => 180,
            _ => 45,
        };
        if !self.random.chance(trouble) {
            self.say(Name::TokenRefresh, None, About::Call);
            return true;
        }
        let reason = self.random.weighted(&[
            (50, Reason::RefreshExpired),
            (26, Reason::RefreshRevoked),
            (16, Reason::RefreshUnknown),
            (8, Reason::RefreshReuse),
        ]);
        self.say(Name::TokenRefresh, Some(reason), About::Call);
        if reason == Reason::RefreshReuse {
            self.wait(1, 5);
            self.say(Name::TokenRevoked, None, About::Ended);
        }
        false
    }

    fn api_trouble(&mut self) {
        match self.random.below(100) {
            0..50 => {
                let reason = self.random.weighted(&[
                    (6, Reason::TokenExpired),
                    (2, Reason::BadSignature),
                    (1, Reason::WrongAudience),
                ]);
                self.say(Name::ValidationFailed, Some(reason), About::Call);
            }
            50..75 => {
                let reason = Some(Reason::MissingScope);
                self.say(Name::ScopeViolation, reason, About::Scope);
            }
            _ => {
                let reason = Some(Reason::TooMany);
                self.say(Name::RateLimitExceeded, reason, About::Call);
            }
        }
    }

    /// Names only the application knows: some say how they ended, some only why they failed, some neither.
    fn application_event(&mut self) {
        let (name, success, reason) = self.random.weighted(&[
            (50, (Name::ProfileUpdated, None, None)),
            (25, (Name::DeviceTrusted, Some(true), None)),
            (15, (Name::WebhookFailed, None, Some(Reason::Timeout))),
            (
                10,
                (Name::PasskeyChallenge, Some(false), Some(Reason::Cancelled)),
            ),
        ]);
        self.out.push(Event {
            name,
            success,
            reason,
            ..self.now
        });
    }
}
