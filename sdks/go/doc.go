// Package outrigger makes storage drivers for the registry Outrigger: programs called registry-storage-<name> that a
// host starts and speaks to over stdin and stdout.
//
// A driver is a [StorageDriver] and a [Driver] that describes it:
//
//	func main() {
//		outrigger.Serve(outrigger.Driver{
//			Name:       "example",
//			Version:    "1.0.0",
//			Parameters: outrigger.SchemaOf[Config](),
//			Prototype:  (*Store)(nil),
//			Open:       open,
//		})
//	}
//
// What a driver can do besides the required operations follows from the optional interfaces that it has: [Walker],
// [Copier], [AtomicMover], [AtomicDirectoryMover], [IsolatedWriterOpener], [CommitterTo], [LocalFiler], [Redirector].
//
// Serve does the rest: the handshake, --describe, framing and its limits, all data planes, checks of paths and offsets,
// cancellation, progress, shutdown. The protocol is described in docs/protocol of the registry.
package outrigger
