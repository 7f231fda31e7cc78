//! One connection: a WebSocket with the heartbeat of Engine.IO and the session of Socket.IO.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as SocketError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::{ConnectError, Lost};
use crate::hub::Identity;
use crate::packet::{self, Engine, Heartbeat, Malformed, Packet};
use crate::settings::Settings;
use crate::wire::{self, Connected};

/// The number of unwritten packets from which the client accepts no more commands.
const UNWRITTEN: usize = 64;

/// The time limit of closing a connection.
const GOODBYE: Duration = Duration::from_secs(2);

/// An Engine.IO message.
pub(crate) struct Text(Utf8Bytes);

impl Text {
    /// Returns the Socket.IO packet inside.
    pub(crate) fn packet(&self) -> &str {
        self.0.get(1..).unwrap_or_default()
    }
}

/// An established connection.
pub(crate) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    unwritten: VecDeque<String>,
    /// The answer to the latest heartbeat. One is enough, so a server that sends many heartbeats cannot grow the queue.
    pong: Option<String>,
    is_flushed: bool,
    silence: Duration,
    alive_until: Instant,
}

impl Link {
    /// Connects, and waits until the server has accepted the client.
    pub(crate) async fn open(settings: &Settings) -> Result<(Self, Identity), ConnectError> {
        let limit = settings.connect_timeout;
        timeout(limit, Box::pin(Self::enter(settings))).await.unwrap_or(Err(ConnectError::Timeout(limit)))
    }

    async fn enter(settings: &Settings) -> Result<(Self, Identity), ConnectError> {
        let auth = settings.auth.json().await.map_err(|source| ConnectError::Auth { source })?;
        let socket = connect(settings).await?;
        // A provisional value until the server announces its heartbeat; the timeout of the attempt is shorter.
        let silence = settings.connect_timeout * 2;
        let alive_until = Instant::now() + silence;
        let mut link = Self { socket, unwritten: VecDeque::new(), pong: None, is_flushed: true, silence, alive_until };
        link.send(packet::connect(&auth));
        let identity = link.welcomed().await?;
        Ok((link, identity))
    }

    async fn welcomed(&mut self) -> Result<Identity, ConnectError> {
        let malformed = || ConnectError::Lost(Lost::Malformed);
        loop {
            let text = self.next().await.map_err(ConnectError::Lost)?;
            match packet::packet(text.packet()).map_err(|_| malformed())? {
                Packet::Connected => {}
                Packet::Refused(error) => return Err(ConnectError::Refused(error.into())),
                Packet::Event { name, argument } if name == wire::CONNECTED => {
                    let Connected { client_id, user_id } = serde_json::from_str(argument).map_err(|_| malformed())?;
                    return Ok(Identity { client_id, user_id });
                }
                Packet::Disconnect => return Err(ConnectError::Lost(Lost::Closed)),
                Packet::Event { .. } | Packet::Ack { .. } => return Err(malformed()),
            }
        }
    }

    /// Queues a packet.
    pub(crate) fn send(&mut self, text: String) {
        self.unwritten.push_back(text);
    }

    /// Returns whether the network is slower than the client sends.
    pub(crate) fn is_busy(&self) -> bool {
        self.unwritten.len() >= UNWRITTEN
    }

    /// Waits for the next Socket.IO packet, and meanwhile writes queued packets and answers heartbeats. It is cancel
    /// safe.
    pub(crate) async fn next(&mut self) -> Result<Text, Lost> {
        loop {
            let deadline = self.alive_until;
            let text = timeout_at(deadline, std::future::poll_fn(|cx| self.poll(cx))).await;
            let text = text.map_err(|_elapsed| Lost::Silent(self.silence))??;
            self.alive_until = Instant::now() + self.silence;
            match packet::engine(&text)? {
                Engine::Open(Heartbeat(silence)) => {
                    self.silence = silence;
                    self.alive_until = Instant::now() + silence;
                }
                Engine::Ping(data) => self.pong = Some(format!("3{data}")),
                Engine::Close => return Err(Lost::Closed),
                Engine::Nothing => {}
                Engine::Message(_) => return Ok(Text(text)),
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Utf8Bytes, Lost>> {
        if let Poll::Ready(Err(error)) = self.poll_write(cx) {
            return Poll::Ready(Err(error));
        }
        loop {
            let Some(message) = ready!(Pin::new(&mut self.socket).poll_next(cx)) else {
                return Poll::Ready(Err(Lost::Closed));
            };
            match message.map_err(lost)? {
                Message::Text(text) => return Poll::Ready(Ok(text)),
                Message::Close(_) => return Poll::Ready(Err(Lost::Closed)),
                Message::Binary(_) => return Poll::Ready(Err(Lost::Malformed)),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Writes as much as the network accepts.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        let mut socket = Pin::new(&mut self.socket);
        while self.pong.is_some() || !self.unwritten.is_empty() {
            ready!(socket.as_mut().poll_ready(cx)).map_err(lost)?;
            if let Some(text) = self.pong.take().or_else(|| self.unwritten.pop_front()) {
                socket.as_mut().start_send(Message::text(text)).map_err(lost)?;
                self.is_flushed = false;
            }
        }
        if !self.is_flushed {
            ready!(socket.as_mut().poll_flush(cx)).map_err(lost)?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends a DISCONNECT and closes the connection, within a time limit.
    pub(crate) async fn goodbye(mut self) {
        self.send(packet::DISCONNECT.to_owned());
        let written = timeout(GOODBYE, std::future::poll_fn(|cx| self.poll_write(cx))).await;
        if matches!(written, Ok(Ok(()))) {
            let _closed = timeout(GOODBYE, self.socket.close(None)).await;
        }
    }
}

async fn connect(settings: &Settings) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, ConnectError> {
    let unreachable = |error: SocketError| match error {
        SocketError::Http(response) => ConnectError::NoSocket { status: response.status().as_u16() },
        error => ConnectError::Unreachable { source: Arc::new(error) },
    };
    let mut request = settings.url.clone().into_client_request().map_err(unreachable)?;
    request.headers_mut().extend(settings.headers.iter().cloned());
    let config = WebSocketConfig::default()
        .read_buffer_size(32 << 10)
        .max_message_size(Some(settings.max_message_bytes))
        .max_frame_size(Some(settings.max_message_bytes));
    #[cfg(not(feature = "rustls"))]
    let connected = tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
    #[cfg(feature = "rustls")]
    let connected = {
        let connector = Some(crate::tls::connector());
        tokio_tungstenite::connect_async_tls_with_config(request, Some(config), true, connector).await
    };
    connected.map(|(socket, _)| socket).map_err(unreachable)
}

fn lost(error: SocketError) -> Lost {
    match error {
        SocketError::ConnectionClosed | SocketError::AlreadyClosed => Lost::Closed,
        SocketError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            Lost::TooLarge { bytes: size, max: max_size }
        }
        SocketError::Utf8(_) => Lost::Malformed,
        error => Lost::Failed { source: Arc::new(error) },
    }
}

impl From<Malformed> for Lost {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
