//! Whether this machine is one of a cloud, which can ask for credentials of its own.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::access::Access;

/// The address at which all three clouds answer their own machines.
const METADATA: ([u8; 4], u16) = ([169, 254, 169, 254], 80);
/// Machines of a cloud are answered within milliseconds; others wait for nobody.
const UP_TO: Duration = Duration::from_millis(500);

/// Returns whether a machine's own credentials can be asked for. The variable by which the tools of
/// S3 turn that off counts for all services.
pub(crate) async fn is_cloud(access: &Access) -> bool {
    let off = access.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if off {
        return false;
    }
    let connect = TcpStream::connect(SocketAddr::from(METADATA));
    tokio::time::timeout(UP_TO, connect).await.is_ok_and(|connected| connected.is_ok())
}
