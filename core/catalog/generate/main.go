// Command generate builds the catalog's price list from the prices published by the npm package @pydantic/genai-prices.
//
// To refresh the list, fetch the package, print its table as JSON and run the command at the root of the repository:
//
//	npm pack @pydantic/genai-prices@0.1.8
//	tar xf pydantic-genai-prices-0.1.8.tgz
//	node -e 'const s = require("fs").readFileSync("package/dist/index.js", "utf8");
//	  console.log(JSON.stringify(eval(s.slice(s.indexOf("["), s.indexOf("\n]") + 2))))' > data.json
//	go run ./core/catalog/generate -source '@pydantic/genai-prices 0.1.8' data.json
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

func main() {
	out := flag.String("o", "core/catalog/prices.json.gz", "file to write")
	source := flag.String("source", "@pydantic/genai-prices", "package and version, recorded in the list")
	flag.Parse()
	if err := run(flag.Args(), *source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string, source, out string) error {
	if len(args) != 1 {
		return errors.New("give the package's data as one JSON file")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read prices: %w", err)
	}
	var vendors []vendor
	if err := json.Unmarshal(text, &vendors); err != nil {
		return fmt.Errorf("parse %s: %w", args[0], err)
	}
	list, err := convert(vendors)
	if err != nil {
		return fmt.Errorf("convert %s: %w", args[0], err)
	}
	list.Source = source
	var b bytes.Buffer
	if err := pricelist.Write(&b, list); err != nil {
		return err
	}
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write price list: %w", err)
	}
	return nil
}
