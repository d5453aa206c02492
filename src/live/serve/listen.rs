//! Connections: how many there may be, how slow they may be, and the end.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::gate::Peer;
use super::paced::Paced;
use super::tls::Tls;
use super::{Server, routes};

/// Connections at a time, where there are descriptors enough.
const MOST_CONNECTIONS: usize = 1024;
/// Connections beyond those that are told so at a time.
const MOST_TURNED_AWAY: usize = 64;
/// How long a question may be on its way, from the connection or the last answer on.
const HEADERS: Duration = Duration::from_secs(10);
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The most bytes and fields of a question's head.
const MOST_BYTES: usize = 16 * 1024;
const MOST_FIELDS: usize = 64;
/// How long answers may take at the end.
const LAST: Duration = Duration::from_secs(5);

/// Answers connections until the end.
pub(super) async fn accept(
    listener: std::net::TcpListener,
    server: &Arc<Server>,
    tls: Option<Tls>,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let (most, beyond) = room();
    let (room, away) = (
        Arc::new(Semaphore::new(most)),
        Arc::new(Semaphore::new(beyond)),
    );
    let router = routes::router(Arc::clone(server));
    let ending = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one(&error) => continue,
            Err(_) => {
                // No descriptors are left: some will be.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            // Beyond those, a connection that is closed at once has to do.
            if let Ok(place) = Arc::clone(&away).try_acquire_owned() {
                tokio::spawn(turn_away(stream, place));
            }
            continue;
        };
        let (router, tls, watcher) = (router.clone(), tls.clone(), ending.watcher());
        let server = Arc::clone(server);
        tokio::spawn(async move {
            let _place = place;
            let _open = server.counters.connected();
            match tls {
                None => answer(stream, peer.ip(), router, watcher).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(Paced::new(stream))).await
                    {
                        answer(stream, peer.ip(), router, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    let _ = timeout(LAST, ending.shutdown()).await;
    Ok(())
}

/// How many connections there may be, and how many beyond them are told so: a quarter of the descriptors is left for logs,
/// tokens and the cache.
fn room() -> (usize, usize) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let limit = limit.current.and_then(|limit| usize::try_from(limit).ok());
    let eighth = limit.unwrap_or(usize::MAX) / 8;
    (
        MOST_CONNECTIONS.min(eighth * 5).max(1),
        MOST_TURNED_AWAY.min(eighth),
    )
}

/// Whether it is a connection that failed, and not the listener.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    [
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
        Interrupted,
    ]
    .contains(&error.kind())
}

/// Says that there is no room, and listens until it was heard: what is closed with something unread is reset, and an answer
/// on its way is lost.
async fn turn_away(mut stream: TcpStream, _place: OwnedSemaphorePermit) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let said = async {
        stream.write_all(FULL).await?;
        stream.shutdown().await?;
        let mut unheard = [0; 1024];
        while stream.read(&mut unheard).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(Duration::from_secs(1), said).await;
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: IpAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let router = tower_with(router, peer);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(MOST_BYTES)
        .max_headers(MOST_FIELDS);
    let connection = builder.serve_connection(TokioIo::new(Paced::new(stream)), router);
    // Whatever ends a connection early is told to who is at its other end, if anybody is.
    let _ = watcher.watch(connection).await;
}

/// The routes, which learn where a question comes from.
fn tower_with(
    router: Router,
    peer: IpAddr,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    TowerToHyperService::new(router.layer(axum::Extension(Peer(peer))))
}
