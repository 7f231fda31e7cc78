//! Handles packets of the server, one at a time.

use std::sync::Arc;

use dialogue::{error::ErrorCode, event::RESERVED_PREFIX};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::connection::{Connection, Ending};
use crate::engine::Link;
use crate::error::{Error, Left, Lost, Refusal};
use crate::hub::{Notice, RoomHistory};
use crate::inbox::Envelope;
use crate::packet::{Packet, packet};
use crate::wire::{self, AboutRoom, ErrorBody, Joined, SyncedHistory};

impl Connection {
    /// Parses and handles a packet.
    pub(crate) fn hear(&mut self, link: &mut Link, text: &str) -> Result<(), Ending> {
        match packet(text).map_err(|malformed| Ending::Lost(malformed.into()))? {
            Packet::Event { name, argument } => self.event(name, argument),
            Packet::Ack { number, answer } => return self.answered(link, number, answer),
            Packet::Disconnect => return Err(self.sent_away()),
            Packet::Connected | Packet::Refused(_) => return Err(Ending::Lost(Lost::Malformed)),
        }
        Ok(())
    }

    fn event(&mut self, name: String, argument: &str) {
        match name.as_str() {
            wire::EVENT => {
                if let Some(message) = self.read(wire::EVENT, argument) {
                    self.receive(Envelope { message, bytes: argument.len() });
                }
            }
            wire::JOINED => {
                if let Some(joined) = self.read::<Joined>(wire::JOINED, argument)
                    && self.rooms.server_joined(&joined)
                {
                    self.hub.gap(&joined.room_id);
                }
            }
            wire::HISTORY => {
                if let Some(SyncedHistory { room_id, events }) = self.read(wire::HISTORY, argument) {
                    self.hub.tell(Notice::History(RoomHistory { room_id, events }, argument.len()));
                }
            }
            wire::LEFT => {
                if let Some(AboutRoom { room_id }) = self.read(wire::LEFT, argument) {
                    self.left(&room_id, Left::ByServer);
                }
            }
            wire::ROOM_CREATED => {
                if let Some(info) = self.read(wire::ROOM_CREATED, argument) {
                    self.hub.tell(Notice::RoomCreated(info));
                }
            }
            wire::ROOM_DELETED => {
                if let Some(AboutRoom { room_id }) = self.read(wire::ROOM_DELETED, argument) {
                    self.left(&room_id, Left::Deleted);
                    self.hub.tell(Notice::RoomDeleted(room_id));
                }
            }
            wire::ERROR => {
                if let Some(error) = self.read::<ErrorBody>(wire::ERROR, argument) {
                    let refusal = Refusal::from(error);
                    self.has_expired |= refusal.code() == Some(ErrorCode::Unauthenticated);
                    self.hub.error(Error::Server(refusal));
                }
            }
            // An event of a newer version of the protocol.
            reserved if reserved.starts_with(RESERVED_PREFIX) => {}
            _ => {
                if let Ok(data) = RawValue::from_string(argument.to_owned()) {
                    self.hub.tell(Notice::Message { name, data });
                }
            }
        }
    }

    fn receive(&mut self, envelope: Envelope) {
        let event = Arc::new(envelope);
        if self.rooms.receive(Arc::clone(&event)) {
            self.hub.gap(&event.message.room_id);
        }
    }

    /// Parses the argument of a protocol frame. A malformed one is reported.
    fn read<'a, T: Deserialize<'a>>(&self, name: &'static str, argument: &'a str) -> Option<T> {
        let read = serde_json::from_str(argument);
        if read.is_err() {
            self.hub.error(Error::Malformed(name));
        }
        read.ok()
    }

    /// The server has disconnected the client. The client reconnects only if its session expired and `auth_with` can
    /// provide a new token.
    fn sent_away(&self) -> Ending {
        match (self.has_expired, self.settings.auth.is_asked()) {
            (true, true) => Ending::Lost(Lost::Expired),
            (true, false) => Ending::Over(
                "its session has expired; renew it in time with `Client::renew`, or connect with `auth_with`",
            ),
            (false, _) => Ending::Over("the server disconnected it"),
        }
    }
}
