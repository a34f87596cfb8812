package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// ask prints a question and waits for the line that answers it, or for the end of ctx.
func (e Env) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(e.Stdout, question)
	if e.Stdin == nil {
		return "", io.EOF
	}
	type answer struct {
		line string
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		line, err := readLine(e.Stdin)
		given <- answer{line, err}
	}()
	select {
	case a := <-given:
		return a.line, a.err
	case <-ctx.Done():
		fmt.Fprintln(e.Stdout)
		return "", ctx.Err()
	}
}

// readLine reads byte by byte: what follows the line belongs to the next question.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		if n == 1 && one[0] != '\n' {
			line.WriteByte(one[0])
		}
		switch {
		case n == 1 && one[0] == '\n', err == io.EOF && line.Len() > 0:
			return strings.TrimSuffix(line.String(), "\r"), nil
		case err != nil:
			return "", err
		}
	}
}

// askSecretly is ask without showing what is typed.
func (e Env) askSecretly(ctx context.Context, question string) (string, error) {
	if f, ok := e.Stdin.(*os.File); ok {
		defer fmt.Fprintln(e.Stdout)
		defer hideTyping(f)()
	}
	return e.ask(ctx, question)
}

// agrees asks a question that only a yes answers with yes.
func (e Env) agrees(ctx context.Context, question string) bool {
	answer, err := e.ask(ctx, question+" [y/N] ")
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
