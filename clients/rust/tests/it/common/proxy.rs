//! A network between a client and a server that fails when a test wants it to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A proxy that forwards bytes, until it is told to cut.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    /// Each change cuts what is connected.
    cuts: watch::Sender<usize>,
    /// Whether new connections are let through.
    is_open: watch::Sender<bool>,
    /// How many bytes may still go to the client; then the connection is cut.
    budget: Arc<AtomicUsize>,
    /// How many bytes go through at once.
    chunk: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let (cuts, is_open) = (watch::Sender::new(0), watch::Sender::new(true));
        let (budget, chunk) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(AtomicUsize::new(64 << 10)));
        let way = Way { cuts: cuts.subscribe(), budget: Arc::clone(&budget), chunk: Arc::clone(&chunk) };
        let mut open = is_open.subscribe();
        let accepting = tokio::spawn(async move {
            let mut carried = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let _closed = open.wait_for(|open| *open).await;
                carried.spawn(carry(client, server, way.clone()));
            }
        });
        Self { address, cuts, is_open, budget, chunk, accepting }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Cuts every connection, and lets nobody through until it is [opened](Self::open).
    pub fn close(&self) {
        self.is_open.send_replace(false);
        self.cut();
    }

    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Cuts the connection when so many more bytes have gone to the client.
    pub fn cut_after(&self, bytes: usize) {
        self.budget.store(bytes, Ordering::SeqCst);
    }

    /// Whether the budget has been used up, and the connection so been cut.
    pub fn has_cut(&self) -> bool {
        self.budget.load(Ordering::SeqCst) == usize::MAX
    }

    /// Lets so few bytes through at once, and others run in between.
    pub fn throttle(&self, bytes: usize) {
        self.chunk.store(bytes, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What a connection is carried by.
#[derive(Clone)]
struct Way {
    cuts: watch::Receiver<usize>,
    budget: Arc<AtomicUsize>,
    chunk: Arc<AtomicUsize>,
}

async fn carry(client: TcpStream, server: SocketAddr, mut way: Way) {
    way.cuts.mark_unchanged();
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let unlimited = Arc::new(AtomicUsize::new(usize::MAX));
    tokio::select! {
        _ = way.cuts.changed() => {}
        () = forward(from_client, to_server, unlimited, Arc::clone(&way.chunk)) => {}
        () = forward(from_server, to_client, Arc::clone(&way.budget), Arc::clone(&way.chunk)) => {}
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, budget: Arc<AtomicUsize>, chunk: Arc<AtomicUsize>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let size = chunk.load(Ordering::SeqCst).min(buffer.len());
        let Ok(read @ 1..) = from.read(&mut buffer[..size]).await else { return };
        let left = budget.load(Ordering::SeqCst);
        let goes = read.min(left);
        if to.write_all(&buffer[..goes]).await.is_err() {
            return;
        }
        if left == usize::MAX {
            continue;
        }
        if goes == left {
            budget.store(usize::MAX, Ordering::SeqCst);
            return;
        }
        budget.store(left - goes, Ordering::SeqCst);
    }
}
