//! Admission of clients: their identity and the lifetime of their sessions.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::AbortHandle;
use tracing::{Instrument as _, debug, info_span};

use crate::error::{Denied, RenewError};
use crate::protocol::{ConnectError, ErrorBody, ErrorCode};
use crate::room::{UserId, is_printable_name};
use crate::server::connection::{Ending, HandshakeData, Identity, NotAdmitted, Packet, Peer, until};
use crate::server::flow::Core;
use crate::server::flow::hooks::{self, Refusal};

/// The interval at which the end of a session is compared with the wall clock.
const CLOCK_CHECK: Duration = Duration::from_secs(15);

/// Admits or refuses a client. This is the first job of its queue.
pub(crate) async fn connect(core: &Arc<Core>, peer: &Arc<Peer>) {
    hooks::run_all(core, "on_connect", &core.hooks.on_connect, &peer.handshake).await;
    match admit(core, peer).await {
        Ok(()) => {
            debug!(user = ?peer.user_id(), "connected");
            hooks::run_all(core, "on_connected", &core.hooks.on_connected, peer).await;
        }
        Err(refusal) => {
            peer.requests().abandon();
            match refusal {
                Refused::Told(error) => {
                    debug!(code = %error.code, "refused");
                    peer.outbox().refuse(&refused(&error));
                }
                // Many clients treat a refusal as final. A client that is disconnected reconnects, to another server.
                Refused::Stopping => peer.outbox().close(Ending::Cut),
            }
            hooks::run_all(core, "on_disconnect", &core.hooks.on_disconnect, &peer.handshake).await;
            peer.set_ended();
        }
    }
}

/// The refusal of a CONNECT packet. The message begins with the code, for clients that show only the message. The data
/// is the error object.
pub(crate) fn refused(error: &ErrorBody) -> Packet {
    let message = format!("{}: {}", error.code, error.message);
    let body = ConnectError { message: &message, data: error };
    Packet::raw(format!("4{}", serde_json::to_string(&body).expect("an error is JSON")))
}

/// Why a client is not admitted.
enum Refused {
    /// The client receives the reason.
    Told(ErrorBody),
    /// The server is stopping.
    Stopping,
}

impl From<ErrorBody> for Refused {
    fn from(error: ErrorBody) -> Self {
        Self::Told(error)
    }
}

async fn admit(core: &Arc<Core>, peer: &Arc<Peer>) -> Result<(), Refused> {
    let identity = identify(core, &peer.handshake).await?;
    let user = match &identity {
        Some(identity) => identity.user_id.clone(),
        None => claimed(&peer.handshake, core.config.max_name_bytes),
    };
    check(&user, core.config.max_name_bytes)?;
    peer.admit(user);
    let max = core.config.max_connections_per_user;
    let welcome = || {
        if let Some(identity) = identity {
            begin(core, peer, identity);
        }
        peer.greet();
    };
    core.peers.insert(peer, max, welcome).map_err(|error| match error {
        NotAdmitted::Full => {
            let message = format!("a user may have {max} connections at once: close one first");
            Refused::Told(ErrorBody::new(ErrorCode::LimitReached, message))
        }
        NotAdmitted::Closed => Refused::Stopping,
    })
}

/// The identity of the client, if the server has an authenticate hook.
async fn identify(core: &Arc<Core>, handshake: &Arc<HandshakeData>) -> Result<Option<Identity>, ErrorBody> {
    let Some(hook) = &core.hooks.authenticate else { return Ok(None) };
    match hooks::ask(core, "authenticate", hook, Arc::clone(handshake)).await {
        Ok(identity) if has_expired(&identity) => Err(unauthenticated("the session has expired")),
        Ok(identity) => Ok(Some(identity)),
        Err(Refusal::Denied(denied)) => Err(unauthenticated(denied.reason())),
        Err(Refusal::Failed) => Err(ErrorBody::new(ErrorCode::Internal, "the server could not check who you are")),
    }
}

fn has_expired(identity: &Identity) -> bool {
    identity.expires_at.is_some_and(|moment| moment <= SystemTime::now())
}

/// The unverified `auth.userId` if it is a valid user id, or else the id of the connection. A token is never used.
fn claimed(handshake: &Arc<HandshakeData>, max: usize) -> UserId {
    let user = handshake.text("userId").map(UserId::from);
    user.filter(|user| check(user, max).is_ok() && is_printable_name(user.as_str()))
        .unwrap_or_else(|| UserId::from(handshake.client_id.as_str()))
}

fn check(user: &UserId, max: usize) -> Result<(), ErrorBody> {
    match user.as_str() {
        "" => Err(unauthenticated("a user id cannot be empty")),
        system if UserId::SYSTEM == system => Err(unauthenticated("the user id `system` is the server's own")),
        long if long.len() > max => Err(unauthenticated(&format!("a user id has at most {max} bytes"))),
        _ => Ok(()),
    }
}

fn unauthenticated(why: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unauthenticated, why)
}

fn begin(core: &Arc<Core>, peer: &Arc<Peer>, identity: Identity) {
    let timer = identity.expires_at.map(|moment| expire(core, peer, moment));
    peer.begin_session(identity, timer);
}

/// Ends the session at this time.
fn expire(core: &Arc<Core>, peer: &Arc<Peer>, moment: SystemTime) -> AbortHandle {
    let peer = Arc::clone(peer);
    let span = info_span!("client", client = %peer.id());
    let end = async move {
        // Timers use a monotonic clock, which may stop while the machine sleeps. Only the wall clock is authoritative.
        while let Some(left) = until(moment) {
            tokio::time::sleep(left.min(CLOCK_CHECK)).await;
        }
        peer.refuse(None, &unauthenticated("the session has expired"));
        peer.outbox().close(Ending::Goodbye);
    };
    core.tasks.spawn(end.instrument(span)).abort_handle()
}

/// Continues the session with another token of the same user. Returns the new time of expiry.
pub(crate) async fn renew(core: &Arc<Core>, peer: &Arc<Peer>, token: &str) -> Result<Option<SystemTime>, RenewError> {
    let handshake = Arc::new(peer.handshake.with_token(token));
    let identity = match identify(core, &handshake).await {
        Ok(Some(identity)) => identity,
        Ok(None) => return Err(RenewError::NoAuthentication),
        Err(error) if error.code == ErrorCode::Internal => return Err(RenewError::Internal),
        Err(error) => return Err(RenewError::Denied(Denied::because(error.message))),
    };
    if identity.user_id != *peer.user_id() {
        return Err(RenewError::OtherUser);
    }
    let expires_at = identity.expires_at;
    begin(core, peer, identity);
    Ok(expires_at)
}
