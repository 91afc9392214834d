// Reads a Logstash pipeline from standard input, and fails where its syntax is wrong.
package main

import (
	"fmt"
	"io"
	"os"

	config "github.com/breml/logstash-config"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		_, err = config.Parse("pipeline", text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
