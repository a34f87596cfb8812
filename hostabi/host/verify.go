package host

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/rewrite"
)

// signature is the type of a function: one letter per value, i for i32 and I for i64, results after a colon.
type signature string

func signatureOf(params, results []api.ValueType) signature {
	var b strings.Builder
	for _, t := range params {
		b.WriteString(letter(t))
	}
	b.WriteByte(':')
	for _, t := range results {
		b.WriteString(letter(t))
	}
	return signature(b.String())
}

func letter(t api.ValueType) string {
	switch t {
	case api.ValueTypeI32:
		return "i"
	case api.ValueTypeI64:
		return "I"
	}
	return api.ValueTypeName(t)
}

func (s signature) types() (params, results []api.ValueType) {
	to := &params
	for _, c := range string(s) {
		switch c {
		case ':':
			to = &results
		case 'i':
			*to = append(*to, api.ValueTypeI32)
		case 'I':
			*to = append(*to, api.ValueTypeI64)
		}
	}
	return params, results
}

type export struct {
	name     string
	sig      signature
	optional bool
}

var guestExports = []export{
	{hostabi.ExportABI, ":i", false},
	{hostabi.ExportBuf, "i:i", false},
	{hostabi.ExportConfigure, "i:i", false},
	{hostabi.ExportEvent, "iiii:i", false},
	{hostabi.ExportRecycle, ":i", true},
	{hostabi.ExportInitialize, ":", true},
}

// verify refuses a module that asks for more, or offers less, than the contract says.
func verify(m wazero.CompiledModule) error {
	for _, f := range m.ImportedFunctions() {
		module, name, _ := f.Import()
		if err := verifyImport(module, name, signatureOf(f.ParamTypes(), f.ResultTypes())); err != nil {
			return err
		}
	}
	for _, mem := range m.ImportedMemories() {
		module, name, _ := mem.Import()
		return fmt.Errorf("import %s.%s: memories can't be imported", module, name)
	}
	if m.ExportedMemories()[hostabi.ExportMemory] == nil {
		return fmt.Errorf("missing export %s", hostabi.ExportMemory)
	}
	exported := m.ExportedFunctions()
	for _, e := range guestExports {
		f := exported[e.name]
		if f == nil && e.optional {
			continue
		}
		if f == nil {
			return fmt.Errorf("missing export %s", e.name)
		}
		if got := signatureOf(f.ParamTypes(), f.ResultTypes()); got != e.sig {
			return fmt.Errorf("export %s has type (%s), want (%s)", e.name, got, e.sig)
		}
	}
	return nil
}

func verifyImport(module, name string, got signature) error {
	if module == rewrite.TickModule && name == rewrite.TickName && got == tickFunction.sig {
		return nil
	}
	i := slices.IndexFunc(hostModules, func(m hostModule) bool { return m.name == module })
	if i < 0 {
		return fmt.Errorf("import %s.%s: unknown module", module, name)
	}
	for _, f := range hostModules[i].functions {
		if f.name != name {
			continue
		}
		if got != f.sig {
			return fmt.Errorf("import %s.%s has type (%s), want (%s)", module, name, got, f.sig)
		}
		return nil
	}
	return fmt.Errorf("import %s.%s: not offered to plugins", module, name)
}
