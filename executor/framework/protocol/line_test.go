package protocol_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"edgebench/executor/framework/protocol"
)

// FuzzReadLine reads what a runner may write: no byte is lost, and a message
// reads back as the same one.
func FuzzReadLine(f *testing.F) {
	f.Add([]byte(`{"id":3,"result":{"start_ns":[1],"duration_ns":[2]}}` + "\n" + `{"id":4,"error":"no"}` + "\n"))
	f.Add([]byte("\n\n{"))
	f.Add(bytes.Repeat([]byte("x"), 5000))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, read := bufio.NewReader(bytes.NewReader(data)), 0
		for {
			line, err := protocol.ReadLine(lines)
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(line, data[read:read+len(line)]) || data[read+len(line)] != '\n' {
				t.Fatalf("%q is not at %d of the data", line, read)
			}
			read += len(line) + 1
			checkReply(t, line)
		}
		if rest := data[read:]; bytes.ContainsRune(rest, '\n') {
			t.Errorf("%q was not read", rest)
		}
	})
}

func checkReply(t *testing.T, line []byte) {
	t.Helper()
	var reply, again protocol.Reply
	if json.Unmarshal(line, &reply) != nil {
		return
	}
	var written bytes.Buffer
	if err := protocol.WriteLine(&written, reply); err != nil {
		t.Fatal(err)
	}
	if bytes.Count(written.Bytes(), []byte("\n")) != 1 {
		t.Errorf("%q is not one line", &written)
	}
	if err := json.Unmarshal(written.Bytes(), &again); err != nil || again.ID != reply.ID || again.Error != reply.Error {
		t.Errorf("%+v is read as %+v (%v)", reply, again, err)
	}
}
