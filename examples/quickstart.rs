//! A login by one-time password, as an application would log it.
//!
//! ```text
//! cargo run --example quickstart
//! METRICS_FORMAT=file METRICS_FILE_PATH=auth.jsonl cargo run --example quickstart
//! ```

use std::io::Write as _;
use std::process::ExitCode;

use authmeter::events;

const EMAIL: &str = "user@example.com";
const USER: &str = "user-123";

/// What an application does, and the events that tell of it.
fn use_the_application() {
    request_otp();
    verify_otp("000000", 1);
    verify_otp("481516", 2);
    log_in();
    refresh("refresh-1", true);
    refresh("refresh-1", false);
    events::logout().user(USER).session("session-7").emit();
}

fn request_otp() {
    // Any event can be told by name …
    let about = authmeter::fields()
        .email(EMAIL)
        .meta("emailDomain", "example.com");
    authmeter::track_success("otp.generated", about);
    // … and the product's own kinds have functions, which know the fields' names.
    events::otp_sent().success().email(EMAIL).emit();
}

fn verify_otp(code: &str, attempts: u64) {
    if code == "481516" {
        events::otp_verification().success().email(EMAIL).emit();
    } else {
        let about = authmeter::fields().email(EMAIL).meta("attempts", attempts);
        authmeter::track_failure("otp.verification", "Invalid code", about);
        events::otp_verification_detail()
            .failure("Invalid code")
            .email(EMAIL)
            .attempts(attempts)
            .emit();
    }
}

fn log_in() {
    events::login()
        .success()
        .user(USER)
        .email(EMAIL)
        .method("otp")
        .emit();
    for (token_type, expires_in) in [("access", "1h"), ("refresh", "30d")] {
        events::token_generated()
            .user(USER)
            .email(EMAIL)
            .token_type(token_type)
            .expires_in(expires_in)
            .emit();
    }
}

/// A refresh token works once; only its id is logged.
fn refresh(token_id: &str, unused: bool) {
    let event = events::token_refresh().user(USER).token_id(token_id);
    if unused {
        event.success().emit();
    } else {
        event.failure("Refresh token reuse detected").emit();
    }
}

fn main() -> ExitCode {
    let _guard = match authmeter::init_from_env() {
        Ok(guard) => guard,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "quickstart: the event log cannot start: {error}"
            );
            return ExitCode::from(2);
        }
    };
    use_the_application();
    ExitCode::SUCCESS
}
