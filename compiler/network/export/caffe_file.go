package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"edgebench/compiler/network/export/caffepb"
	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// The field numbers of caffe.proto that writeModel needs.
const (
	netLayerField   = 100 // NetParameter.layer
	layerBlobsField = 7   // LayerParameter.blobs
	blobDataField   = 5   // BlobProto.data, packed
	floatBytes      = 4
)

// writeModel streams the values layer by layer. Encoding a NetParameter as a
// whole would copy all of them.
func (c *caffeModel) writeModel(out io.Writer, w *weights.Set) error {
	name, err := proto.Marshal(&caffepb.NetParameter{Name: proto.String(c.g.Name)})
	if err != nil {
		return err
	}
	if _, err := out.Write(name); err != nil {
		return err
	}
	for _, l := range c.layers {
		if err := l.write(out, w); err != nil {
			return err
		}
	}
	return nil
}

// write writes the layer as a field of the network.
func (l caffeLayer) write(out io.Writer, w *weights.Set) error {
	param, err := proto.MarshalOptions{Deterministic: true}.Marshal(l.param)
	if err != nil {
		return err
	}
	heads, total := make([][]byte, len(l.blobs)), uint64(len(param))
	for i, b := range l.blobs {
		if heads[i], err = b.head(); err != nil {
			return err
		}
		total += uint64(len(heads[i])) + b.bytes()
	}
	prefix := protowire.AppendTag(nil, netLayerField, protowire.BytesType)
	prefix = protowire.AppendVarint(prefix, total)
	if _, err := out.Write(append(prefix, param...)); err != nil {
		return err
	}
	for i, b := range l.blobs {
		if err := b.write(out, heads[i], w); err != nil {
			return fmt.Errorf("layer %q: %w", l.param.GetName(), err)
		}
	}
	return nil
}

func (b caffeBlob) bytes() uint64 {
	return floatBytes * uint64(graph.Param{Shape: b.shape}.Elements())
}

// head is everything of a blob before its values.
func (b caffeBlob) head() ([]byte, error) {
	head, err := proto.Marshal(&caffepb.BlobProto{Shape: &caffepb.BlobShape{Dim: int64s(b.shape)}})
	if err != nil {
		return nil, err
	}
	head = protowire.AppendTag(head, blobDataField, protowire.BytesType)
	head = protowire.AppendVarint(head, b.bytes())
	prefix := protowire.AppendTag(nil, layerBlobsField, protowire.BytesType)
	prefix = protowire.AppendVarint(prefix, uint64(len(head))+b.bytes())
	return append(prefix, head...), nil
}

func (b caffeBlob) write(out io.Writer, head []byte, w *weights.Set) error {
	values := b.values(w)
	if got := floatBytes * uint64(len(values)); got != b.bytes() {
		return fmt.Errorf("a blob of %d bytes does not fit the shape %v", got, b.shape)
	}
	if _, err := out.Write(head); err != nil {
		return err
	}
	return safetensors.WriteFloats(out, values)
}

// writeText writes the network without values. Note: prototext is not used,
// since its spacing differs from one build of a program to the next.
func (c *caffeModel) writeText(out io.Writer) error {
	text := bufio.NewWriter(out)
	fmt.Fprintf(text, "name: %s\n", quote(c.g.Name))
	for _, l := range c.layers {
		text.WriteString("layer {\n")
		writeFields(text, l.param.ProtoReflect(), "  ")
		text.WriteString("}\n")
	}
	return text.Flush()
}

// writeFields writes a message's fields in the order of its schema.
func writeFields(out *bufio.Writer, m protoreflect.Message, indent string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) {
			continue
		}
		if !f.IsList() {
			writeField(out, f, m.Get(f), indent)
			continue
		}
		list := m.Get(f).List()
		for j := range list.Len() {
			writeField(out, f, list.Get(j), indent)
		}
	}
}

func writeField(out *bufio.Writer, f protoreflect.FieldDescriptor, v protoreflect.Value, indent string) {
	if f.Kind() != protoreflect.MessageKind {
		fmt.Fprintf(out, "%s%s: %s\n", indent, f.Name(), literal(f, v))
		return
	}
	fmt.Fprintf(out, "%s%s {\n", indent, f.Name())
	writeFields(out, v.Message(), indent+"  ")
	fmt.Fprintf(out, "%s}\n", indent)
}

func literal(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return quote(v.String())
	case protoreflect.FloatKind:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case protoreflect.EnumKind:
		return string(f.Enum().Values().ByNumber(v.Enum()).Name())
	}
	return v.String()
}

// quote writes a string as protobuf's text format does, whose octal escapes
// stand for bytes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
