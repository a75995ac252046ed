package atomicfile

// SyncDir does nothing: Windows has no such call for folders, NTFS journals names itself.
func SyncDir(string) error { return nil }
