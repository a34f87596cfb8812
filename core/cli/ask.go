package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// ask prints a question and reads the line that answers it, byte by byte: what follows belongs to the next question.
func (e Env) ask(question string) (string, error) {
	fmt.Fprint(e.Stdout, question)
	if e.Stdin == nil {
		return "", io.EOF
	}
	var line strings.Builder
	for one := make([]byte, 1); ; {
		n, err := e.Stdin.Read(one)
		switch {
		case n == 1 && one[0] == '\n', err == io.EOF && line.Len() > 0:
			return strings.TrimSuffix(line.String(), "\r"), nil
		case err != nil:
			return "", err
		}
		line.Write(one[:n])
	}
}

// askSecretly is ask without showing what is typed.
func (e Env) askSecretly(question string) (string, error) {
	if f, ok := e.Stdin.(*os.File); ok {
		defer fmt.Fprintln(e.Stdout)
		defer hideTyping(f)()
	}
	return e.ask(question)
}

// agrees asks a question that only a yes answers with yes.
func (e Env) agrees(question string) bool {
	answer, err := e.ask(question + " [y/N] ")
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
