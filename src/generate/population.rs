//! Who appears in the log: users with their ids, addresses and habits, and the clients they use. Nothing is stored per
//! user but its share of the traffic: everything else is computed from the user's index.

use super::random::{Random, mix, weighted_by};

/// A user's index: `0..users`. Small ones are the busy ones.
pub(super) type User = u32;

/// A client's index: `0..clients`. Small ones are the busy ones.
pub(super) type Client = u16;

/// A prime above every user count, so that multiplying by it modulo the count scatters the indices without collision.
const SCATTER: u64 = 4_294_967_311;

/// The smallest user number, so that all numbers of a usual population have the same width.
const FIRST_NUMBER: u64 = 100_000;

const FIRST: [&str; 32] = [
    "ada", "alex", "amina", "ben", "carla", "chen", "david", "diego", "elena", "emma", "farid",
    "grace", "hana", "ivan", "jana", "john", "julia", "kenji", "lara", "leo", "maria", "mehmet",
    "nina", "noah", "olga", "omar", "paul", "priya", "rosa", "sam", "tom", "yuki",
];
const LAST: [&str; 32] = [
    "adams", "bauer", "becker", "chan", "costa", "demir", "diaz", "evans", "fischer", "garcia",
    "haddad", "ito", "jansen", "kaya", "kim", "kovacs", "lee", "lopez", "meyer", "moreau",
    "nguyen", "novak", "okafor", "patel", "petrov", "rossi", "sato", "silva", "smith", "tanaka",
    "wang", "yilmaz",
];
/// Names outside ASCII, all in lower case.
const FOREIGN: [&str; 8] = [
    "jürgen", "zoë", "şule", "øyvind", "анна", "美咲", "소연", "josé",
];

/// Domains reserved for examples (RFC 2606), weighted as a few large providers and a tail.
const DOMAINS: [(u8, &str); 6] = [
    (96, "example.com"),
    (64, "mail.example.net"),
    (40, "example.org"),
    (28, "corp.example"),
    (18, "uni.example"),
    (10, "post.example.net"),
];

/// The first clients by name; further ones are numbered.
const CLIENTS: [&str; 10] = [
    "web-app",
    "ios-app",
    "android-app",
    "desktop",
    "partner-api",
    "admin-console",
    "smart-tv",
    "cli",
    "kiosk",
    "support-desk",
];

/// The users and clients of one log.
pub(super) struct Population {
    seed: u64,
    /// Ends of the users' shares of the traffic, ascending.
    shares: Vec<u64>,
    clients: Vec<String>,
    client_weights: Vec<(u32, Client)>,
    foreign: bool,
}

/// What a user id looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IdStyle {
    /// `user-104711`
    Plain,
    /// `104711`, which some writers emit as a number.
    Number,
    /// `kullanıcı-104711`
    Accented,
    /// `user-😀-104711`
    Emoji,
}

impl Population {
    /// `foreign`: some users have names outside ASCII and ids of other styles.
    pub(super) fn new(seed: u64, users: u32, clients: u32, foreign: bool) -> Population {
        let clients = clients.min(u32::from(Client::MAX));
        Population {
            seed: mix(seed, 0x0705),
            shares: shares(users),
            clients: (0..clients as usize)
                .map(|index| match CLIENTS.get(index) {
                    Some(name) => (*name).to_owned(),
                    None => format!("client-{}", index + 1),
                })
                .collect(),
            // Each client has somewhat less traffic than the one before: 1, 1/2, 1/3, …
            client_weights: (0..clients)
                .map(|index| (1_000_000 / (index + 1), index as Client))
                .collect(),
            foreign,
        }
    }

    pub(super) fn users(&self) -> usize {
        self.shares.len()
    }

    pub(super) fn clients(&self) -> &[String] {
        &self.clients
    }

    /// Somebody, the busy ones more often.
    pub(super) fn user(&self, random: &mut Random) -> User {
        let total = self.shares.last().copied().unwrap_or(1);
        let drawn = random.below_wide(total);
        self.shares.partition_point(|&end| end <= drawn) as User
    }

    /// The client `user` comes by: mostly the one it is used to.
    pub(super) fn client(&self, user: User, random: &mut Random) -> Client {
        if random.chance(800) {
            weighted_by(self.trait_of(user, 1) as u32, &self.client_weights)
        } else {
            random.weighted(&self.client_weights)
        }
    }

    /// Something about a user that stays the same: a random number per user and question.
    fn trait_of(&self, user: User, question: u64) -> u64 {
        mix(self.seed ^ (question << 56), u64::from(user))
    }

    fn number(&self, user: User) -> u64 {
        let users = self.shares.len() as u64;
        FIRST_NUMBER + (u64::from(user) + self.seed % users) * (SCATTER % users) % users
    }

    pub(super) fn id_style(&self, user: User) -> IdStyle {
        match user % 12 {
            3 if self.foreign => IdStyle::Number,
            5 if self.foreign => IdStyle::Accented,
            8 if self.foreign => IdStyle::Emoji,
            _ => IdStyle::Plain,
        }
    }

    pub(super) fn write_id(&self, user: User, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.id_style(user) {
            IdStyle::Plain => b"user-",
            IdStyle::Number => b"",
            IdStyle::Accented => "kullanıcı-".as_bytes(),
            IdStyle::Emoji => "user-😀-".as_bytes(),
        });
        write_number(self.number(user), out);
    }

    /// The address in lower case.
    pub(super) fn write_email(&self, user: User, out: &mut Vec<u8>) {
        let drawn = self.trait_of(user, 3);
        let first = match (drawn >> 32) % 32 {
            name if self.foreign && name < 6 => FOREIGN[drawn as usize % FOREIGN.len()],
            _ => FIRST[drawn as usize % FIRST.len()],
        };
        out.extend_from_slice(first.as_bytes());
        out.push(b'.');
        out.extend_from_slice(LAST[(drawn >> 8) as usize % LAST.len()].as_bytes());
        write_number(self.number(user) - FIRST_NUMBER, out);
        out.push(b'@');
        out.extend_from_slice(self.domain(user).as_bytes());
    }

    pub(super) fn domain(&self, user: User) -> &'static str {
        let mut drawn = self.trait_of(user, 4) as u8;
        for (weight, domain) in DOMAINS {
            if drawn < weight {
                return domain;
            }
            drawn -= weight;
        }
        DOMAINS[0].1
    }

    /// One of the few addresses a user comes from, inside ranges that belong to nobody on the internet: carrier NAT
    /// (RFC 6598), benchmarks (RFC 2544) and documentation (RFC 3849).
    pub(super) fn write_ip(&self, user: User, place: u8, out: &mut Vec<u8>) {
        let drawn = self.trait_of(user, 5 + u64::from(place));
        let [a, b, c, d, ..] = drawn.to_le_bytes();
        if d < 20 {
            out.extend_from_slice(b"2001:db8:");
            for group in [u16::from_le_bytes([a, b]), u16::from(c) + 1] {
                write_hex(group, out);
                out.push(b':');
            }
            out.extend_from_slice(b":1");
            return;
        }
        let (first, second) = match place {
            0 => (100, 64 + a % 64),
            _ => (198, 18 + a % 2),
        };
        for (index, octet) in [first, second, b, c].into_iter().enumerate() {
            if index > 0 {
                out.push(b'.');
            }
            write_number(u64::from(octet), out);
        }
    }
}

/// Zipf's law with an offset (Mandelbrot): the share of rank `r` is `1 / (r + offset)`. The offset, a hundredth of the
/// users, is chosen so that the busiest user of 165,000 stays below a thousandth of the traffic: busy, but no robot.
fn shares(users: u32) -> Vec<u64> {
    let offset = u64::from(users / 100) + 1;
    let mut end = 0;
    (1..=u64::from(users))
        .map(|rank| {
            end += (1 << 40) / (rank + offset);
            end
        })
        .collect()
}

/// Decimal digits of a number.
pub(super) fn write_number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn write_hex(value: u16, out: &mut Vec<u8>) {
    let text = format!("{value:x}");
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_users_share_an_id_or_an_address() {
        for users in [1, 2, 300, 5_000] {
            let population = Population::new(7, users, 10, true);
            let (mut ids, mut emails) = (BTreeSet::new(), BTreeSet::new());
            for user in 0..users {
                let (mut id, mut email) = (Vec::new(), Vec::new());
                population.write_id(user, &mut id);
                population.write_email(user, &mut email);
                assert!(ids.insert(id), "{user}");
                assert!(emails.insert(email), "{user}");
            }
        }
    }

    #[test]
    fn addresses_are_in_lower_case() {
        let population = Population::new(7, 2_000, 10, true);
        for user in 0..2_000 {
            let mut email = Vec::new();
            population.write_email(user, &mut email);
            let email = String::from_utf8(email).unwrap();
            assert_eq!(email, email.to_lowercase());
        }
    }

    #[test]
    fn the_busiest_user_is_busy_but_no_robot() {
        let ends = shares(165_000);
        let share = ends[0] as f64 / ends[164_999] as f64;
        assert!(share < 0.001 && share > 0.000_05, "{share}");
    }
}
