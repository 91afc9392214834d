// Command compose_reference loads Compose files with compose-go, the way `docker compose` does, and prints the project
// as JSON. Only the tests use it: what it prints is what services/compose has to print.
//
// One project: flags (see -help); the JSON goes to standard output, or the error to standard error with exit code 1.
// Many projects: -batch reads requests from standard input, one JSON object a line, and answers one JSON object a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// request is what `docker compose` takes from its command line and from the shell.
type request struct {
	Files            []string          `json:"files"`
	ProjectDirectory string            `json:"project_directory"`
	ProjectName      string            `json:"project_name"`
	Profiles         []string          `json:"profiles"`
	EnvFiles         []string          `json:"env_files"`
	Environment      map[string]string `json:"environment"`
	// WorkingDirectory is the process's own, to which compose-go resolves some paths of nested includes.
	WorkingDirectory string `json:"working_directory"`
}

// answer holds either a project or the reason why there is none.
type answer struct {
	Project json.RawMessage `json:"project,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func load(r request) (out []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("compose-go panicked: %v", reason)
		}
	}()
	if r.WorkingDirectory != "" {
		if err := os.Chdir(r.WorkingDirectory); err != nil {
			return nil, err
		}
	}
	var environment []string
	for name, value := range r.Environment {
		environment = append(environment, name+"="+value)
	}
	options, err := cli.NewProjectOptions(r.Files,
		cli.WithWorkingDirectory(r.ProjectDirectory),
		cli.WithEnv(environment),
		cli.WithEnvFiles(r.EnvFiles...),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(r.Profiles...),
		cli.WithName(r.ProjectName),
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return marshal(project)
}

// marshal adds to compose-go's JSON what only its YAML has: models and extension fields.
func marshal(project *types.Project) ([]byte, error) {
	text, err := project.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var document map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if len(project.Models) > 0 {
		document["models"] = map[string]any{}
		for name, model := range project.Models {
			text, err := json.Marshal(model)
			if err != nil {
				return nil, err
			}
			var decoded map[string]any
			if err := json.Unmarshal(text, &decoded); err != nil {
				return nil, err
			}
			document["models"].(map[string]any)[name] = decoded
		}
	}
	extend(document, reflect.ValueOf(*project))
	return json.Marshal(document)
}

// extend walks a value and its JSON form together and adds the extension fields, which have no JSON form.
func extend(document any, value reflect.Value) {
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	switch value.Kind() {
	case reflect.Struct:
		object, ok := document.(map[string]any)
		if !ok {
			return
		}
		for i := range value.NumField() {
			field := value.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			switch {
			case field.Name == "Extensions":
				for key, extension := range value.Field(i).Interface().(types.Extensions) {
					object[key] = extension
				}
			case field.Anonymous:
				extend(document, value.Field(i))
			default:
				extend(object[name], value.Field(i))
			}
		}
	case reflect.Map:
		object, ok := document.(map[string]any)
		if !ok || value.Type().Key().Kind() != reflect.String {
			return
		}
		for _, key := range value.MapKeys() {
			extend(object[key.String()], value.MapIndex(key))
		}
	case reflect.Slice:
		items, ok := document.([]any)
		if !ok {
			return
		}
		for i := range min(len(items), value.Len()) {
			extend(items[i], value.Index(i))
		}
	}
}

func batch(in io.Reader, out io.Writer) error {
	requests := bufio.NewReader(in)
	answers := bufio.NewWriter(out)
	defer answers.Flush()
	encoder := json.NewEncoder(answers)
	for {
		line, err := requests.ReadBytes('\n')
		if len(line) > 0 {
			var r request
			if err := json.Unmarshal(line, &r); err != nil {
				return err
			}
			var a answer
			project, failure := load(r)
			if failure != nil {
				a.Error = failure.Error()
				if a.Error == "" {
					a.Error = "compose-go refused without a reason"
				}
			} else {
				a.Project = project
			}
			if err := encoder.Encode(a); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func main() {
	logrus.SetOutput(io.Discard)
	var files, profiles, envFiles, variables list
	flag.Var(&files, "f", "Compose file; may be repeated")
	flag.Var(&profiles, "profile", "active profile; may be repeated")
	flag.Var(&envFiles, "env-file", "file of variables in place of .env; may be repeated")
	flag.Var(&variables, "e", "variable NAME=VALUE; may be repeated")
	directory := flag.String("project-directory", "", "project directory")
	name := flag.String("name", "", "project name")
	many := flag.Bool("batch", false, "read requests from standard input, a JSON object a line")
	flag.Parse()
	if *many {
		if err := batch(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	environment := map[string]string{}
	for _, variable := range variables {
		key, value, _ := strings.Cut(variable, "=")
		environment[key] = value
	}
	out, err := load(request{
		Files: files, ProjectDirectory: *directory, ProjectName: *name,
		Profiles: profiles, EnvFiles: envFiles, Environment: environment,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(out))
}
