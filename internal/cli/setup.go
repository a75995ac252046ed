package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler/suggest"
	"edgebench/executor/framework/install"
)

const setupLong = `Install inference frameworks, each into an environment of its own in your cache
folder (or in EDGEBENCH_FRAMEWORKS), from pinned and hashed packages. Nothing
else on the machine is touched, and nothing of it is needed to run the embedded
engine.

Without a name it installs the light set. It uses uv where that is installed,
and else Python's venv and pip. What was interrupted is gone on with.`

type setupFlags struct{ list, dryRun, remove, asJSON bool }

func newSetup() *cobra.Command {
	var flags setupFlags
	c := &cobra.Command{
		Use:   "setup [FRAMEWORK...]",
		Short: "Install inference frameworks",
		Long:  setupLong,
		Example: example("edgebench setup --list", "edgebench setup", `edgebench setup "ONNX Runtime" "PyTorch 2"`,
			`edgebench setup --remove "PyTorch 2"`),
		ValidArgs: packageNames(),
		RunE:      func(c *cobra.Command, names []string) error { return setup(c, names, flags) },
	}
	c.Flags().BoolVar(&flags.list, "list", false, "list what can be installed, and what is")
	c.Flags().BoolVar(&flags.dryRun, "dry-run", false, "say what would be installed, and where")
	c.Flags().BoolVar(&flags.remove, "remove", false, "remove the environments of the frameworks named")
	c.Flags().BoolVar(&flags.asJSON, "json", false, "print --list as JSON")
	return c
}

func packageNames() []string {
	var names []string
	for _, p := range install.Packages() {
		names = append(names, p.Name)
	}
	return names
}

func setup(c *cobra.Command, names []string, flags setupFlags) error {
	store, err := install.DefaultStore()
	if err != nil {
		return err
	}
	if flags.list {
		return listPackages(c.OutOrStdout(), store, flags.asJSON)
	}
	chosen, err := choosePackages(names)
	if err != nil {
		return err
	}
	if flags.remove {
		if len(names) == 0 {
			return usageError{errors.New("--remove needs the names of the frameworks to remove: `edgebench setup --list` lists them")}
		}
		return removePackages(c.OutOrStdout(), store, chosen)
	}
	announce(c.OutOrStdout(), store, chosen)
	if flags.dryRun {
		return nil
	}
	return installPackages(c, store, chosen)
}

// choosePackages finds packages by name; without a name they are the light
// ones that this machine can have.
func choosePackages(names []string) ([]install.Package, error) {
	var chosen []install.Package
	if len(names) == 0 {
		for _, p := range install.Packages() {
			if p.Light && p.Fits() {
				chosen = append(chosen, p)
			}
		}
		return chosen, nil
	}
	for _, name := range names {
		p, known := install.ByName(name)
		if !known {
			return nil, usageError{fmt.Errorf("no framework named %q can be installed%s", name, suggest.DidYouMean(name, packageNames()))}
		}
		chosen = append(chosen, p)
	}
	return chosen, nil
}

// packageState is a package with what is there of it.
type packageState struct {
	install.Package
	State  install.State `json:"state"`
	Fits   bool          `json:"fits"` // this machine
	Folder string        `json:"folder"`
}

func lookAt(store install.Store, p install.Package) (packageState, error) {
	state, err := store.Look(p)
	return packageState{p, state, p.Fits(), store.Dir(p)}, err
}

func listPackages(w io.Writer, store install.Store, asJSON bool) error {
	var list []packageState
	for _, p := range install.Packages() {
		state, err := lookAt(store, p)
		if err != nil {
			return err
		}
		list = append(list, state)
	}
	if asJSON {
		return printJSON(w, list)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "FRAMEWORK\tSTATE\tDOWNLOAD\tON DISK\tPYTHON\tWHAT IT IS\n")
	for _, p := range list {
		state := string(p.State)
		if !p.Fits {
			state = "no builds here"
		}
		name := p.Name
		if p.Light {
			name += " *"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", name, state, megabytes(p.Download), megabytes(p.Disk), strings.Join(p.Pythons, ", "), p.About)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "* installed by `edgebench setup` without a name, below %s\n", store)
	return err
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes/1_000_000) }

func removePackages(w io.Writer, store install.Store, chosen []install.Package) error {
	for _, p := range chosen {
		if err := store.Remove(p); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: removed\n", p.Name)
	}
	return nil
}

// announce says beforehand what an installation takes.
func announce(w io.Writer, store install.Store, chosen []install.Package) {
	var download, disk int64
	for _, p := range chosen {
		if state, err := store.Look(p); err == nil && state == install.Ready {
			fmt.Fprintf(w, "%s: is installed\n", p.Name)
			continue
		}
		download, disk = download+p.Download, disk+p.Disk
		fmt.Fprintf(w, "%s: about %s to download, %s on disk, in %s\n", p.Name, megabytes(p.Download), megabytes(p.Disk), store.Dir(p))
	}
	if disk > 0 {
		fmt.Fprintf(w, "together about %s to download and %s on disk\n", megabytes(download), megabytes(disk))
	}
}

// installPackages installs one after another. One that fails does not keep the
// others from being installed.
func installPackages(c *cobra.Command, store install.Store, chosen []install.Package) error {
	failed := 0
	for _, p := range chosen {
		err := store.Install(c.Context(), p, func(s install.Step) {
			fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", s.Package.Name, s.Words)
		})
		if c.Context().Err() != nil {
			return errors.New("interrupted: the same command goes on where it stopped")
		}
		if err != nil {
			failed++
			fmt.Fprintf(c.ErrOrStderr(), "%s: not installed: %v\n", p.Name, err)
			continue
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: ready\n", p.Name)
	}
	if failed > 0 {
		return quietError{fmt.Errorf("%s not installed", plural(failed, "framework"))}
	}
	return nil
}
