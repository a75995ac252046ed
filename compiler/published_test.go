package compiler

import "testing"

// FuzzParsePublished reads data files that nobody checked: an error with its
// line, never a panic.
func FuzzParsePublished(f *testing.F) {
	const header = "figure,model,platform,framework,environment,metric,value,unit,status,origin,note\n"
	f.Add([]byte(header + "2,ResNet-18,host,native,bare metal,time_per_inference,1.5,ms,ok,label,\n"))
	f.Add([]byte(header + "2,ResNet-18,host,native,bare metal,time_per_inference,,ms,memory_error,label,\"a\nb\"\n"))
	f.Add([]byte("a,b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePublished("test", data)
		if err != nil {
			return
		}
		for _, rows := range p.rows {
			for _, r := range rows {
				if r.Status != "ok" && r.Value != 0 {
					t.Errorf("line %d has the status %s and the value %v", r.line, r.Status, r.Value)
				}
			}
		}
	})
}
