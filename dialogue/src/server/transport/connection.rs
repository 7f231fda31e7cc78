//! The way out: one socket as the outbox sees it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value};
use socketioxide::socket::Socket;
use socketioxide::{SendError as SocketSendError, SocketError};

use crate::server::outbox::{Connection, Packet, PacketKind, SendError};

pub(super) struct SocketConnection(Arc<Socket<LocalAdapter>>);

impl SocketConnection {
    pub(super) fn new(socket: Arc<Socket<LocalAdapter>>) -> Self {
        Self(socket)
    }

    fn acknowledgement(&self, number: i64) -> AckSender<LocalAdapter> {
        let mut no_data = Value::Bytes(Bytes::new());
        let sender: Result<_, Infallible> = AckSender::from_message_parts(&self.0, &mut no_data, &Some(number));
        match sender {
            Ok(sender) => sender,
            Err(never) => match never {},
        }
    }
}

impl Connection for SocketConnection {
    fn send(&self, packet: &Packet) -> Result<(), SendError> {
        let sent = match &packet.kind {
            PacketKind::Event(name) => self.0.emit(name, &*packet.body),
            PacketKind::Ack(number) => self.acknowledgement(*number).send(&*packet.body),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(SocketSendError::Socket(SocketError::InternalChannelFull)) => Err(SendError::Full),
            Err(_) => Err(SendError::Closed),
        }
    }

    fn close(&self) -> bool {
        !matches!(Arc::clone(&self.0).disconnect(), Err(SocketError::InternalChannelFull))
    }
}
