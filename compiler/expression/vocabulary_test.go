package expression

import (
	"reflect"
	"testing"
)

// TestOneVocabulary: results, jobs and gains call the same thing by the same name, with
// the same type, and every field has a name.
func TestOneVocabulary(t *testing.T) {
	types := map[string]reflect.Type{}
	for _, of := range []reflect.Type{reflect.TypeFor[Result](), reflect.TypeFor[Job](), reflect.TypeFor[Gain]()} {
		for i := range of.NumField() {
			f := of.Field(i)
			name := f.Tag.Get("expr")
			if name == "" {
				t.Errorf("%s.%s has no name", of.Name(), f.Name)
			}
			if known, ok := types[name]; ok && known != f.Type {
				t.Errorf("%s is a %v and a %v", name, known, f.Type)
			}
			types[name] = f.Type
		}
	}
	if types["optimizations"] != reflect.TypeFor[[]string]() {
		t.Error("optimizations are no list")
	}
}
