package pack

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
)

// ReadCases reads and checks the cases of a plugin's folder. There need not be any.
func ReadCases(dir string, m *hostabi.Manifest) ([]cases.Case, error) {
	list, err := cases.Read(dir)
	if err != nil {
		return nil, err
	}
	return list, cases.Check(m, list)
}

// AttachCases returns the module with the cases in its custom section; none leave it as it is. A module that has some
// already is refused.
func AttachCases(wasm []byte, list []cases.Case) ([]byte, error) {
	text, err := cases.Pack(list)
	if err != nil || text == nil {
		return wasm, err
	}
	if wasm, err = attach(wasm, hostabi.CasesSection, text); err != nil {
		return nil, fmt.Errorf("attach cases: %w", err)
	}
	return wasm, nil
}

// Cases reads and checks the cases inside a module. There need not be any.
func Cases(wasm []byte, m *hostabi.Manifest) ([]cases.Case, error) {
	text, err := Section(wasm, hostabi.CasesSection)
	if errors.Is(err, ErrNoSection) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	list, err := cases.Parse(text)
	if err != nil {
		return nil, err
	}
	return list, cases.Check(m, list)
}
