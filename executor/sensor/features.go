package sensor

type feature struct {
	name string
	has  bool
}

func present(all []feature) []string {
	var names []string
	for _, f := range all {
		if f.has {
			names = append(names, f.name)
		}
	}
	return names
}
