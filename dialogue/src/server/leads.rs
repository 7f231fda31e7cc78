//! The way from every handle, and from what hooks are given, back to the server.

use std::sync::Arc;

use crate::event::Event;
use crate::protocol::EventMessage;
use crate::room::EventOf;

use super::client::Client;
use super::dialogue::Dialogue;
use super::handshake::Handshake;
use super::hooks;
use super::incoming::{PendingEvent, PublishedEvent};
use super::past::{Evicted, Query};
use super::room::Room;
use super::subscription::Registration;
use super::trigger::Trigger;

impl Client {
    /// The server that this client is connected to; `None` when that is no more.
    pub fn dialogue(&self) -> Option<Dialogue> {
        Some(Dialogue::new(self.shared()?))
    }
}

impl Handshake {
    /// The server that the client connects to; `None` when that is no more.
    pub fn dialogue(&self) -> Option<Dialogue> {
        Some(Dialogue::new(self.shared().upgrade()?))
    }
}

impl<K> Room<K> {
    /// The server of the room.
    pub fn dialogue(&self) -> Dialogue {
        Dialogue::new(Arc::clone(self.shared()))
    }

    /// Triggers an event here; see [`Dialogue::trigger`].
    pub fn trigger<E: Event + EventOf<K>>(&self, event: E) -> Trigger {
        Trigger::typed(self.shared(), self.id().clone(), event)
    }

    /// Listens to an event here; see [`Dialogue::on`].
    pub fn on<E, F, Fut>(&self, handler: F) -> Registration
    where
        E: Event + EventOf<K>,
        F: FnOnce(EventMessage<E>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Registration::start(self.shared(), self.id().clone(), hooks::boxed(handler))
    }
}

macro_rules! lead_to_the_server {
    ($($argument:ty)*) => { $(
        impl $argument {
            /// The server.
            pub fn dialogue(&self) -> Dialogue {
                self.room.dialogue()
            }
        }
    )* };
}
lead_to_the_server!(PendingEvent PublishedEvent Evicted Query);
