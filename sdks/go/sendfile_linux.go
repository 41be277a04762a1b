package outrigger

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// sendPiece is how much one call of sendfile is asked for.
const sendPiece = 1 << 20

// sendFile has the kernel send so many bytes of a regular file, from its position on. isHandled is false when nothing was
// sent and another way may do. (io.Copy does the same, but only up to the end of the file, which may be growing.)
func sendFile(stream *net.UnixConn, file *os.File, length int64) (sent int64, isHandled bool, err error) {
	raw, err := stream.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	from := int(file.Fd())
	var failed error
	err = raw.Write(func(to uintptr) bool {
		for sent < length {
			count, err := syscall.Sendfile(int(to), from, nil, int(min(length-sent, sendPiece)))
			if count > 0 {
				sent += int64(count)
			}
			switch {
			case err == syscall.EAGAIN:
				return false
			case err == syscall.EINTR:
			case err != nil:
				failed = os.NewSyscallError("sendfile", err)
				return true
			case count == 0:
				return true
			}
		}
		return true
	})
	if sent == 0 && (errors.Is(failed, syscall.EINVAL) || errors.Is(failed, syscall.ENOSYS)) {
		return 0, false, nil
	}
	return sent, true, errors.Join(failed, err)
}
