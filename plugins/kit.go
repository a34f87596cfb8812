package plugins

import "fmt"

// Kit returns what the folder of a new plugin begins with, as a gzipped tar archive: a go.mod for a module called KitModule
// and a vendor folder with the SDK, its test kit and what these import. Both name KitVersion as Sluice's version. With
// it, plugins are written, tested and built without a network.
func Kit() ([]byte, error) {
	archive, err := kit()
	if err != nil {
		return nil, fmt.Errorf("make the plugin author's kit: %w", err)
	}
	return archive, nil
}

// What the kit's files say in place of what only its user knows.
const (
	KitModule  = "example.com/plugin"
	KitVersion = "v0.0.0"
)

const kitFile = "kit.tar.gz"
