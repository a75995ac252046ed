package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"edgebench/compiler/load"
	"edgebench/internal/cli/console"
	"edgebench/specs"
)

//go:embed starter/study.cue
var starter string

const initLong = `Start a study of your own: a folder with a commented spec, and a copy of the
built-in schema and catalogue below cue.mod, so that editors and "cue vet" know
them. EdgeBench itself always uses the catalogue that it holds.`

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:     "init DIR",
		Short:   "Start a study of your own",
		Long:    initLong,
		Example: example("edgebench init mystudy && edgebench run mystudy"),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := args[0]
			if err := writeStudy(dir, strings.ReplaceAll(starter, "STUDY", identifier(dir))); err != nil {
				return err
			}
			_, err := console.Printf(c.OutOrStdout(), "wrote %s\n\nNext:\n  edgebench vet %s\n  edgebench plan %s\n  edgebench run %s\n",
				filepath.Join(dir, "study.cue"), dir, dir, dir)
			return err
		},
	}
}

// writeStudy writes a spec to a new folder, with the catalogue beside it.
func writeStudy(dir, study string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("%s exists already: nothing was written. Name a new or empty folder", filepath.Join(dir, e.Name()))
		}
	}
	if err := writeFile(filepath.Join(dir, "study.cue"), []byte(study)); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "cue.mod", "module.cue"), []byte(load.UserModule)); err != nil {
		return err
	}
	return writeCatalogue(filepath.Join(dir, "cue.mod", "pkg", filepath.FromSlash(specs.Path)))
}

// writeCatalogue copies the packages that specs import.
func writeCatalogue(dir string) error {
	for _, pkg := range []string{"schema", "catalog"} {
		err := fs.WalkDir(specs.Files, pkg, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := specs.Files.ReadFile(name)
			if err != nil {
				return err
			}
			return writeFile(filepath.Join(dir, filepath.FromSlash(name)), data)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}

var notIdentifier = regexp.MustCompile(`[^a-z0-9]+`)

// identifier makes a study's name of a folder's.
func identifier(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir
	}
	name := strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(filepath.Base(absolute)), "-"), "-")
	if name == "" {
		return "study"
	}
	return name
}
