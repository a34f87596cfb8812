package sdk

// Strings returns the texts of an array's strings, nil when there are none: settings are often lists.
func (v Value) Strings() []string {
	var list []string
	if !v.IsArray() {
		return nil
	}
	for e := v.First(); e.Exists(); e = e.Next() {
		if e.IsString() {
			list = append(list, e.Text())
		}
	}
	return list
}
