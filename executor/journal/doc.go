// Package journal is the run directory: what was planned, on which machine, and every result.
//
//		plan.json         the plan, byte for byte as given
//		environment.json  the plan's digest, and every environment the run was measured in, by digest
//		results.jsonl     one record per job, append-only, each line with its checksum
//		samples/          each record's raw samples, named by content
//		run.lock          the writer's process and host
//
//	 1. [Create] starts a run, or resumes one after setting a torn last line aside;
//	 2. [Journal.Append] stores a record: its samples first, then its line, each synced to the disk, so
//	    that a crash never leaves a record without its samples;
//	 3. [Read] reads a run, also while another process writes it.
//
// A line is `{"crc32c":"xxxxxxxx","record":{...}}`, the checksum over the record's bytes as they stand:
// still JSON lines for other tools, yet one flipped digit is seen. Nothing is skipped in silence: a
// line that is damaged, or of another plan, is a [Fault] with its place, and its job counts as not run.
// So is a record that the plan or its own samples do not bear out ([Planned]). Once a later record of
// the job counts, the fault is repaired ([Run.Damage]). Files may be anything: none is waited for, and
// what is read of them is bounded.
//
// Of several records with the same [Key] the last one counts; the others stay in the file. A failed
// job counts as not done, so a resumed run tries it again.
package journal
