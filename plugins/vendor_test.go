//go:build !bundled

package plugins

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestKit(t *testing.T) {
	archive, err := Kit()
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(text)
		for what, unwanted := range map[string]bool{
			"a bundled plugin": strings.Contains(h.Name, "sluice/plugins/"), "another system's": strings.HasSuffix(h.Name, "_netbsd.go"),
			"a test": strings.HasSuffix(h.Name, "_test.go"), "a path of this machine": strings.Contains(string(text), sourceRoot()+"/"),
		} {
			if unwanted {
				t.Errorf("%s is %s", h.Name, what)
			}
		}
	}
	for _, pkg := range kitImports {
		if !strings.Contains(files["vendor/modules.txt"], "\n"+sluice+"/"+pkg+"\n") {
			t.Errorf("%s is not in %s", pkg, files["vendor/modules.txt"])
		}
	}
	if mod := files["go.mod"]; !strings.HasPrefix(mod, "module example.com/plugin\n\ngo 1.") || !strings.Contains(mod, "\nrequire "+sluice+" v0.0.0\n") || strings.Contains(mod, "replace") {
		t.Errorf("go.mod is %s", mod)
	}
	if most := 3 << 20; len(archive) > most {
		t.Errorf("%d bytes are more than %d", len(archive), most)
	}
}

func TestUsedModules(t *testing.T) {
	text := "# a/b v1.2.3\n## explicit; go 1.25\na/b/c\na/b/d\n# e/f v1.0.0\n## explicit\n# " + sluice + " v0.0.0 => /src\n## explicit; go 1.26.0\n" + sluice + "/sdk\n# " + sluice + " => /src\n"
	m := usedModules(text)
	if got, want := string(m.list()), "# a/b v1.2.3\n## explicit; go 1.25\na/b/c\na/b/d\n# "+sluice+" v0.0.0\n## explicit; go 1.26.0\n"+sluice+"/sdk\n"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := string(m.goMod()), "module example.com/plugin\n\ngo 1.26.0\n\nrequire "+sluice+" v0.0.0\n\nrequire (\n\ta/b v1.2.3 // indirect\n)\n"; got != want {
		t.Errorf("got %s", got)
	}
}
