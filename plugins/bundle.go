package plugins

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteBundle writes every plugin's module and manifest and the kit to dir, as a build with the tag bundled embeds them.
func WriteBundle(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	for _, name := range Names() {
		if err := writeModule(dir, name); err != nil {
			return fmt.Errorf("write bundle of %s: %w", name, err)
		}
	}
	archive, err := Kit()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, kitFile), archive, 0o644); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

func writeModule(dir, name string) error {
	module, err := Open(name)
	if err != nil {
		return err
	}
	manifest, err := Manifest(name)
	if err != nil {
		return err
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name+".json"), text, 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, name+".wasm.gz"))
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestCompression)
	_, err = z.Write(module.Wasm)
	return errors.Join(err, z.Close(), f.Close())
}
