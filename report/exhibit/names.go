package exhibit

import "slices"

// names are names in the order in which they were met, each once. Adding one
// takes the same time however many there are.
type names struct {
	list  []string
	index map[string]int
}

func (n *names) add(name string) {
	if _, known := n.index[name]; known {
		return
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	n.index[name] = len(n.list)
	n.list = append(n.list, name)
}

func (n *names) has(name string) bool {
	_, known := n.index[name]
	return known
}

// include adds a name to a short list that does not have it.
func include(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// inOrder puts those names first that first lists, in its order.
func inOrder(first []string, met *names) []string {
	var out names
	for _, n := range first {
		if met.has(n) {
			out.add(n)
		}
	}
	for _, n := range met.list {
		out.add(n)
	}
	return out.list
}
