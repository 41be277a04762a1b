//go:build !linux

package filesystem

func newTree(directory string) (tree, error) { return openRootTree(directory) }
