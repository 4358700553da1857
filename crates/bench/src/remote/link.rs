//! A simulated connection to a server far away: each direction takes half a round trip, a new
//! connection costs one round trip more, and all connections share a rate. Cuts and slows on
//! request. Notes requests and answers as they pass, and changes none.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::exchanges::Exchange;

/// Bytes that pass at once: few, so that connections share the rate evenly.
const PIECE_BYTES: usize = 16 << 10;
/// Pieces of one connection that are on the way at most.
const PIECES_UP_TO: usize = 256;

/// The speed of a simulated connection.
#[derive(Clone, Copy, Debug)]
pub struct LinkSpeed {
    /// The time to the server and back.
    pub round_trip: Duration,
    /// The bytes per second of all connections together.
    pub bytes_per_second: f64,
}

/// The connection; it ends when it is dropped.
pub(super) struct Link {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

struct Shared {
    speed: Mutex<LinkSpeed>,
    /// The time at which the last piece that was sent will have passed.
    free_at: Mutex<Instant>,
    /// After so many bytes, a connection is cut; never if 0.
    cut_after: AtomicU64,
    /// The bytes since the last cut.
    since_cut: AtomicU64,
    cuts: AtomicU64,
    stopped: AtomicBool,
    started: Instant,
    noted: Mutex<Noted>,
}

/// The exchanges that have passed.
#[derive(Default)]
struct Noted {
    exchanges: Vec<Exchange>,
    /// The number of exchanges that were taken before these.
    taken: usize,
}

impl Noted {
    fn exchange(&mut self, number: usize) -> Option<&mut Exchange> {
        self.exchanges.get_mut(number.checked_sub(self.taken)?)
    }
}

impl Link {
    /// Starts a connection to a server on this machine.
    ///
    /// # Errors
    /// If there is no port.
    pub(super) fn start(to: SocketAddr, speed: LinkSpeed) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let shared = Arc::new(Shared {
            speed: Mutex::new(speed),
            free_at: Mutex::new(Instant::now()),
            cut_after: AtomicU64::new(0),
            since_cut: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            started: Instant::now(),
            noted: Mutex::default(),
        });
        let address = accept(&shared, listener, to, 0)?;
        Ok(Self { addresses: vec![address], shared })
    }

    /// Leads to another server too, over the same connection; returns the address for it.
    ///
    /// # Errors
    /// If there is no port.
    pub(super) fn lead_to(&mut self, to: SocketAddr) -> io::Result<SocketAddr> {
        let address = accept(&self.shared, TcpListener::bind(("127.0.0.1", 0))?, to, self.addresses.len())?;
        self.addresses.push(address);
        Ok(address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Returns the exchanges since the last call, in the order of their requests.
    pub(super) fn take_exchanges(&self) -> Vec<Exchange> {
        let mut noted = self.shared.noted.lock();
        noted.taken += noted.exchanges.len();
        std::mem::take(&mut noted.exchanges)
    }

    pub(super) fn set_speed(&self, speed: LinkSpeed) {
        *self.shared.speed.lock() = speed;
    }

    /// Sets that a connection is cut whenever so many bytes have passed; 0 for never.
    pub(super) fn cut_after(&self, bytes: u64) {
        self.shared.cut_after.store(bytes, Ordering::Relaxed);
    }

    /// The number of connections that were cut.
    pub(super) fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        for address in &self.addresses {
            // Wakes the thread that waits for connections.
            let _ = TcpStream::connect(address);
        }
    }
}

/// `host`: the number of the server at `to`.
fn accept(shared: &Arc<Shared>, listener: TcpListener, to: SocketAddr, host: usize) -> io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let own = shared.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if own.stopped.load(Ordering::Relaxed) {
                return;
            }
            // A client that cannot be connected sees its connection closed.
            let _ = connect(&own, client, to, host);
        }
    });
    Ok(address)
}

/// A piece of a stream, and when it arrives if the rate allows.
type Piece = (Instant, Vec<u8>);

/// The exchanges of one connection: an answer follows each request.
struct Conversation {
    shared: Arc<Shared>,
    /// The number of the server.
    host: usize,
    /// The time at which it began, until its first request.
    connected: Mutex<Option<f64>>,
    /// The number of the last exchange.
    current: AtomicUsize,
    /// Whether the last request is being answered, so that what comes next is a new one.
    is_answered: AtomicBool,
}

impl Conversation {
    fn seconds(&self) -> f64 {
        self.shared.started.elapsed().as_secs_f64()
    }

    fn did_ask(&self, bytes: &[u8]) {
        if self.is_answered.swap(false, Ordering::AcqRel) {
            let exchange = Exchange::new(self.host, bytes, self.connected.lock().take(), self.seconds());
            let mut noted = self.shared.noted.lock();
            self.current.store(noted.taken + noted.exchanges.len(), Ordering::Release);
            noted.exchanges.push(exchange);
        }
    }

    fn did_answer(&self, bytes: usize) {
        self.is_answered.store(true, Ordering::Release);
        let now = self.seconds();
        let mut noted = self.shared.noted.lock();
        if let Some(exchange) = noted.exchange(self.current.load(Ordering::Acquire)) {
            exchange.began.get_or_insert(now);
            exchange.ended = Some(now);
            exchange.bytes += bytes as u64;
        }
    }
}

fn connect(shared: &Arc<Shared>, client: TcpStream, to: SocketAddr, host: usize) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let round_trip = shared.speed.lock().round_trip;
    // What the client sends at once would leave it only after the answer to its first packet.
    let open_at = Instant::now() + round_trip;
    let (from_client, to_client) = (client.try_clone()?, client);
    let (from_server, to_server) = (server.try_clone()?, server);
    let conversation = Arc::new(Conversation {
        shared: shared.clone(),
        host,
        connected: Mutex::new(Some(shared.started.elapsed().as_secs_f64())),
        current: AtomicUsize::new(usize::MAX),
        is_answered: AtomicBool::new(true),
    });
    carry(conversation.clone(), from_client, to_server, Some(open_at));
    carry(conversation, from_server, to_client, None);
    Ok(())
}

/// Carries one direction of a connection. That to the client is limited by the rate.
fn carry(conversation: Arc<Conversation>, mut from: TcpStream, to: TcpStream, open_at: Option<Instant>) {
    let (pieces, arriving) = sync_channel::<Piece>(PIECES_UP_TO);
    let own = conversation.clone();
    let is_to_client = open_at.is_none();
    thread::spawn(move || deliver(&own, &arriving, to, is_to_client));
    thread::spawn(move || {
        let mut buffer = vec![0; PIECE_BYTES];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if !is_to_client {
                conversation.did_ask(&buffer[..count]);
            }
            let half = conversation.shared.speed.lock().round_trip / 2;
            let left_at = open_at.map_or_else(Instant::now, |at| at.max(Instant::now()));
            if pieces.send((left_at + half, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
}

fn deliver(conversation: &Conversation, arriving: &Receiver<Piece>, mut to: TcpStream, is_to_client: bool) {
    let shared = &conversation.shared;
    for (due, bytes) in arriving {
        sleep_until(due);
        if is_to_client {
            // Only now: a piece that is still on its way does not hold up those that are here.
            sleep_until(shared.passed(due, bytes.len()));
        }
        let is_cut = is_to_client && shared.is_cut(bytes.len());
        if is_to_client && !is_cut {
            // Before the client can react to it.
            conversation.did_answer(bytes.len());
        }
        if is_cut || to.write_all(&bytes).is_err() {
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn sleep_until(at: Instant) {
    thread::sleep(at.saturating_duration_since(Instant::now()));
}

impl Shared {
    /// Returns the time at which a piece that is due has passed, after all others before it.
    fn passed(&self, due: Instant, bytes: usize) -> Instant {
        let takes = Duration::from_secs_f64(bytes as f64 / self.speed.lock().bytes_per_second);
        let mut free_at = self.free_at.lock();
        *free_at = due.max(*free_at) + takes;
        *free_at
    }

    /// Counts bytes; whether their connection is cut now.
    fn is_cut(&self, bytes: usize) -> bool {
        let after = self.cut_after.load(Ordering::Relaxed);
        let since = self.since_cut.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        let is_cut = after > 0 && since >= after;
        if is_cut {
            self.since_cut.store(0, Ordering::Relaxed);
            self.cuts.fetch_add(1, Ordering::Relaxed);
        }
        is_cut
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    /// A server that answers each byte with some thousands.
    fn echo(bytes: usize) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let mut byte = [0];
                while connection.read_exact(&mut byte).is_ok() {
                    connection.write_all(&vec![byte[0]; bytes]).unwrap();
                }
            }
        });
        address
    }

    #[test]
    fn a_round_trip_and_the_rate_cost_their_time() {
        let speed = LinkSpeed { round_trip: Duration::from_millis(60), bytes_per_second: 1e6 };
        let link = Link::start(echo(50_000), speed).unwrap();
        let mut client = TcpStream::connect(link.address()).unwrap();
        let mut answer = vec![0; 50_000];
        let mut ask = || {
            let began = Instant::now();
            client.write_all(&[7]).unwrap();
            client.read_exact(&mut answer).unwrap();
            began.elapsed().as_millis()
        };
        let (first, second) = (ask(), ask());
        let exchanges = link.take_exchanges();
        let bytes: Vec<u64> = exchanges.iter().map(|exchange| exchange.bytes).collect();
        assert_eq!((bytes, super::super::exchanges::round_trips(&exchanges, false)), (vec![50_000; 2], vec![2, 3]));
        assert!((170..400).contains(&first), "{first} ms: two round trips and 50 ms for the bytes");
        assert!((110..300).contains(&second), "{second} ms: one round trip and 50 ms for the bytes");
    }

    #[test]
    fn a_small_answer_on_its_way_holds_up_no_large_one() {
        let round_trip = Duration::from_millis(200);
        let mut link = Link::start(echo(800_000), LinkSpeed { round_trip, bytes_per_second: 1e9 }).unwrap();
        let small = link.lead_to(echo(100)).unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        // One small answer sets off every 10 ms.
        let others: Vec<_> = (0..20)
            .map(|number| {
                let (mut client, stopped) = (TcpStream::connect(small).unwrap(), stopped.clone());
                thread::spawn(move || {
                    let mut answer = [0; 100];
                    thread::sleep(Duration::from_millis(10) * number);
                    while !stopped.load(Ordering::Relaxed) {
                        client.write_all(&[7]).unwrap();
                        client.read_exact(&mut answer).unwrap();
                    }
                })
            })
            .collect();
        let mut client = TcpStream::connect(link.address()).unwrap();
        let mut answer = vec![0; 800_000];
        thread::sleep(round_trip * 3);
        let began = Instant::now();
        client.write_all(&[7]).unwrap();
        client.read_exact(&mut answer).unwrap();
        let took = began.elapsed();
        stopped.store(true, Ordering::Relaxed);
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(took < round_trip * 2 + Duration::from_millis(400), "{took:?} for 50 pieces and two round trips");
    }

    #[test]
    fn a_connection_is_cut_after_its_bytes() {
        let speed = LinkSpeed { round_trip: Duration::ZERO, bytes_per_second: 1e9 };
        let link = Link::start(echo(50_000), speed).unwrap();
        link.cut_after(30_000);
        let mut client = TcpStream::connect(link.address()).unwrap();
        client.write_all(&[7]).unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        assert!(answer.len() < 50_000 && link.cuts() == 1, "{} bytes, {} cuts", answer.len(), link.cuts());
    }
}
