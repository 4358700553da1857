//! The number of requests that are answered in a second: of each client, of all together, and of
//! those without the token. Waits for nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The requests in a second. Twice as many may come at once.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Of one client. All who come through one tunnel are one.
    pub per_client: f64,
    /// Of all clients.
    pub in_all: f64,
}

impl Rates {
    /// A client's usual rate: a person needs about ten, and a tunnel may bring twenty people.
    pub const PER_CLIENT: f64 = 500.0;

    /// Rates for a client's one: four clients may use theirs at a time.
    pub fn of_client(per_client: f64) -> Self {
        Self { per_client, in_all: per_client * 4.0 }
    }
}

/// Requests without the token, of one client in a second, and at once: opening an address takes
/// some, and a person who mistyped the token should read that and not a number of seconds.
const WRONG: f64 = 2.0;
const WRONG_AT_ONCE: f64 = 60.0;
/// Clients that are remembered.
const CLIENTS: usize = 10_000;

/// A store of permissions that fills with time.
#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn take(&mut self, now: Instant, rate: f64, at_once: f64) -> Result<(), Duration> {
        let filled = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        (self.left, self.at) = ((self.left + filled).min(at_once), now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64(((1.0 - self.left) / rate.max(0.001)).min(3600.0)))
    }
}

struct Client {
    requests: Bucket,
    wrong: Bucket,
}

/// The limits of one server.
pub(super) struct Limits {
    rates: Rates,
    clients: Mutex<HashMap<IpAddr, Client>>,
    all: Mutex<Bucket>,
}

impl Limits {
    pub(super) fn new(rates: Rates) -> Self {
        let full = Bucket { left: rates.in_all * 2.0, at: Instant::now() };
        Self { rates, clients: Mutex::default(), all: Mutex::new(full) }
    }

    /// Permits a request, or returns the time after which the client may ask again. A wrong token
    /// takes nothing from the requests of those who have it: they may come from the same address.
    pub(super) fn permit(&self, client: IpAddr, has_token: bool, now: Instant) -> Result<(), Duration> {
        let Rates { per_client, in_all } = self.rates;
        let mut clients = self.clients.lock();
        if clients.len() >= CLIENTS && !clients.contains_key(&client) {
            // Those that were idle for a minute have all their permissions again.
            clients.retain(|_, client| now.saturating_duration_since(client.requests.at) < Duration::from_secs(60));
            if clients.len() >= CLIENTS {
                clients.clear();
            }
        }
        let new = || Client {
            requests: Bucket { left: per_client * 2.0, at: now },
            wrong: Bucket { left: WRONG_AT_ONCE, at: now },
        };
        let client = clients.entry(client).or_insert_with(new);
        if !has_token {
            return client.wrong.take(now, WRONG, WRONG_AT_ONCE);
        }
        client.requests.take(now, per_client, per_client * 2.0)?;
        drop(clients);
        self.all.lock().take(now, in_all, in_all * 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const BO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn each_client_has_its_own_rate_and_all_have_one() {
        let limits = Limits::new(Rates { per_client: 5.0, in_all: 6.0 });
        let begun = Instant::now();
        let permitted = |client, at| (0..100).filter(|_| limits.permit(client, true, at).is_ok()).count();
        assert_eq!((permitted(ADA, begun), permitted(BO, begun)), (10, 2), "12 at once in all");
        let wait = limits.permit(ADA, true, begun).err().unwrap_or_default();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(200), "{wait:?}");
        assert_eq!(permitted(ADA, begun + Duration::from_secs(1)), 5);
    }

    #[test]
    fn wrong_tokens_are_few_and_take_nothing_from_the_right_one() {
        let limits = Limits::new(Rates::of_client(100.0));
        let begun = Instant::now();
        let wrong = (0..1000).filter(|_| limits.permit(ADA, false, begun).is_ok()).count();
        assert_eq!(wrong, WRONG_AT_ONCE as usize);
        assert!(limits.permit(ADA, true, begun).is_ok());
        for client in 0..2 * CLIENTS as u32 {
            let _ = limits.permit(IpAddr::V4(client.into()), false, begun);
        }
        assert!(limits.clients.lock().len() <= CLIENTS);
    }
}
