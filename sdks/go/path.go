package outrigger

import "strings"

// MaxPathBytes is the longest path.
const MaxPathBytes = 1024

// CheckPath says what is wrong with the path of an object, with ErrInvalidPath: a path is one or more parts of letters, digits,
// dots, underscores and hyphens, each behind a slash, and none of them "." or "..".
func CheckPath(path string) error {
	if len(path) > MaxPathBytes {
		return BadPath(path[:64]+"...", "longer than 1024 bytes")
	}
	if path == "" || path[0] != '/' {
		return BadPath(path, "no slash at the start")
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return BadPath(path, "a part that is empty, . or ..")
		}
		for i := range len(part) {
			if !isPathByte(part[i]) {
				return BadPath(path, "only A-Z a-z 0-9 . _ - are allowed in a part")
			}
		}
	}
	return nil
}

func isPathByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-'
}

func checkDirectoryPath(path string) error {
	if path == "/" {
		return nil
	}
	return CheckPath(path)
}

// ComparePaths orders paths as a walk does: depth first, names in byte order, as if "/" were the smallest character.
func ComparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return rank(a[i]) - rank(b[i])
		}
	}
	return len(a) - len(b)
}

func rank(c byte) int {
	if c == '/' {
		return 0
	}
	return int(c)
}

// IsBelow says whether path lies below directory, and is not it.
func IsBelow(path, directory string) bool {
	if directory == "/" {
		return path != "/"
	}
	return strings.HasPrefix(path, directory) && len(path) > len(directory) && path[len(directory)] == '/'
}

// JoinPath is the path of a child.
func JoinPath(directory, name string) string {
	if directory == "/" {
		return "/" + name
	}
	return directory + "/" + name
}
