//! Settings: names and defaults in one place, read through a function, so that tests set no real environment.
//!
//! The writer has its own (`METRICS_ENABLED`, `METRICS_FORMAT`, `METRICS_FILE_PATH`, …), which this file leaves alone.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// How long something lives, and how that was written: events say `expiresIn` in the words of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    pub text: String,
    pub millis: i64,
}

impl FromStr for Lifetime {
    type Err = ();

    /// A number and one of `s`, `m`, `h`, `d`.
    fn from_str(text: &str) -> Result<Lifetime, ()> {
        let (number, unit) = text
            .split_at_checked(text.len().saturating_sub(1))
            .ok_or(())?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(()),
        };
        let number: i64 = number.parse().map_err(|_| ())?;
        let millis = number
            .checked_mul(seconds * 1_000)
            .filter(|millis| *millis > 0)
            .ok_or(())?;
        Ok(Lifetime {
            text: text.to_owned(),
            millis,
        })
    }
}

/// What the service is told from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// 0 takes a free one.
    pub port: u16,
    /// Where the database and the key of one-time passwords lie.
    pub folder: PathBuf,
    /// OAuth clients, as JSON; none without it.
    pub clients: Option<PathBuf>,
    pub access: Lifetime,
    pub refresh: Lifetime,
    pub api: Lifetime,
    /// Of one-time passwords, magic links and authorization codes.
    pub code: Lifetime,
    /// Wrong codes one password survives.
    pub attempts: u32,
    /// How often expired tokens are cleaned up.
    pub cleanup: Lifetime,
    /// Requests a minute from one address.
    pub ip_limit: u32,
    /// Mails an hour to one address.
    pub email_limit: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Mail can be read at `/dev/outbox`, and the clock moved: for development and the load script.
    pub dev: bool,
}

impl Settings {
    /// Settings out of an environment; an error names the variable and what is wrong with it.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, String> {
        let life = |name, default: &str| value(&lookup, name, default, "such as 15m, 1h or 30d");
        let number = |name, default: &str| value(&lookup, name, default, "a number");
        let proxies = lookup("TRUSTED_PROXIES").unwrap_or_default();
        let proxies = proxies
            .split(',')
            .map(str::trim)
            .filter(|proxy| !proxy.is_empty());
        Ok(Settings {
            port: value(&lookup, "PORT", "3001", "a port")?,
            folder: lookup("STATE_FOLDER")
                .unwrap_or_else(|| "./state".to_owned())
                .into(),
            clients: lookup("OAUTH_CLIENTS").map(PathBuf::from),
            access: life("ACCESS_TOKEN_EXPIRY", "1h")?,
            refresh: life("REFRESH_TOKEN_EXPIRY", "30d")?,
            api: life("API_TOKEN_EXPIRY", "90d")?,
            code: life("CODE_EXPIRY", "10m")?,
            attempts: number("MAX_ATTEMPTS", "5")?,
            cleanup: life("CLEANUP_EVERY", "1h")?,
            ip_limit: number("IP_LIMIT", "600")?,
            email_limit: number("EMAIL_LIMIT", "10")?,
            proxies: proxies
                .map(|proxy| {
                    proxy
                        .parse()
                        .map_err(|_| format!("TRUSTED_PROXIES: {proxy} is no address"))
                })
                .collect::<Result<_, _>>()?,
            dev: false,
        })
    }
}

fn value<T: FromStr>(
    lookup: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: &str,
    allowed: &str,
) -> Result<T, String> {
    let text = lookup(name)
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| default.to_owned());
    text.parse()
        .map_err(|_| format!("{name}: {text} is not {allowed}"))
}
