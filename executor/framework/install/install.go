// Package install puts inference frameworks into environments of their own,
// where their runners find them: one folder per framework, with a Python
// environment of pinned and hashed packages. Nothing outside of that folder is
// touched.
//
//  1. [Packages] lists what can be installed, with what it takes;
//  2. [Store.Look] says what of it is there;
//  3. [Store.Install] makes an environment with uv, or with venv and pip, and
//     marks it complete only once everything is in it. An interrupted one is
//     gone on with; packages that were fetched are not fetched again.
package install

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Package is a framework that can be installed.
type Package struct {
	Name     string   `json:"name"`  // of the framework, as specs name it
	Folder   string   `json:"-"`     // of its environment; its requirements are Folder.txt
	About    string   `json:"about"` // what it is
	Pythons  []string `json:"pythons"`
	Download int64    `json:"download_bytes"`  // about, of x86-64
	Disk     int64    `json:"installed_bytes"` // about
	Light    bool     `json:"light"`           // installed where no name is given
	// Machines are GOOS/GOARCH pairs that all of its packages have builds for.
	Machines []string `json:"machines"`
	// Pinned are the requirements of a package that is not of Packages.
	Pinned []byte `json:"-"`
}

const mb = 1_000_000

var (
	currentPythons = []string{"3.11", "3.12", "3.13"}
	linuxBoth      = []string{"linux/amd64", "linux/arm64"}
)

// Packages lists the frameworks, light ones first. Sizes are of an installation
// on Linux, x86-64.
func Packages() []Package {
	return []Package{
		{Name: "ONNX Runtime", Folder: "onnxruntime", About: "Microsoft's runtime for ONNX", Pythons: currentPythons, Download: 49 * mb, Disk: 164 * mb, Light: true, Machines: linuxBoth},
		{Name: "OpenVINO", Folder: "openvino", About: "Intel's runtime, with NNCF for quantization", Pythons: currentPythons, Download: 110 * mb, Disk: 420 * mb, Light: true, Machines: linuxBoth},
		{Name: "LiteRT", Folder: "litert", About: "Google's runtime that was TensorFlow Lite", Pythons: currentPythons, Download: 40 * mb, Disk: 120 * mb, Light: true, Machines: linuxBoth},
		{Name: "OpenCV", Folder: "opencv", About: "OpenCV 4's dnn module: ONNX, Caffe and Darknet models", Pythons: currentPythons, Download: 75 * mb, Disk: 220 * mb, Light: true, Machines: linuxBoth},
		{Name: "MNN", Folder: "mnn", About: "Alibaba's runtime, with its converter from ONNX", Pythons: currentPythons, Download: 34 * mb, Disk: 116 * mb, Machines: linuxBoth},
		{Name: "ncnn", Folder: "ncnn", About: "Tencent's runtime, with models written for it", Pythons: currentPythons, Download: 30 * mb, Disk: 90 * mb, Machines: linuxBoth},
		{Name: "tract", Folder: "tract", About: "Sonos' runtime in Rust, for ONNX", Pythons: currentPythons, Download: 30 * mb, Disk: 95 * mb, Machines: []string{"linux/amd64"}},
		{Name: "DeepSparse", Folder: "deepsparse", About: "Neural Magic's runtime of 2024, for ONNX, under a licence of its own", Pythons: []string{"3.10", "3.11"}, Download: 130 * mb, Disk: 415 * mb, Machines: linuxBoth},
		{Name: "TensorFlow Lite 2.14", Folder: "tflite", About: "TensorFlow Lite of 2023, the last of its own package", Pythons: []string{"3.9", "3.10", "3.11"}, Download: 20 * mb, Disk: 72 * mb, Machines: linuxBoth},
		{Name: "TensorFlow 2", Folder: "tensorflow", About: "TensorFlow, its build for the CPU", Pythons: currentPythons, Download: 300 * mb, Disk: 1450 * mb, Machines: linuxBoth},
		{Name: "PyTorch 2", Folder: "pytorch", About: "PyTorch, with its CUDA libraries", Pythons: currentPythons, Download: 2600 * mb, Disk: 5300 * mb, Machines: linuxBoth},
		{Name: "TVM", Folder: "tvm", About: "Apache's compiler, with its tuner", Pythons: currentPythons, Download: 170 * mb, Disk: 540 * mb, Machines: linuxBoth},
		{Name: "ExecuTorch", Folder: "executorch", About: "PyTorch's runtime for devices, with PyTorch and its CUDA libraries", Pythons: currentPythons, Download: 2650 * mb, Disk: 5450 * mb, Machines: linuxBoth},
		{Name: "TensorFlow 1.15", Folder: "tensorflow1", About: "TensorFlow 1's last version, of 2021, for Python 3.7", Pythons: []string{"3.7"}, Download: 150 * mb, Disk: 550 * mb, Machines: []string{"linux/amd64"}},
		{Name: "PyTorch 1.13", Folder: "pytorch1", About: "PyTorch 1's last version, of 2022, for Python 3.8, with its CUDA libraries", Pythons: []string{"3.8"}, Download: 1800 * mb, Disk: 3420 * mb, Machines: linuxBoth},
		{Name: "OpenVINO 2021.4", Folder: "openvino2021", About: "OpenVINO of 2021, the last with its first interface and with the Movidius stick, for Python 3.8", Pythons: []string{"3.8"}, Download: 45 * mb, Disk: 160 * mb, Machines: []string{"linux/amd64"}},
	}
}

// ByName finds a package.
func ByName(name string) (Package, bool) {
	all := Packages()
	i := slices.IndexFunc(all, func(p Package) bool { return p.Name == name })
	if i < 0 {
		return Package{}, false
	}
	return all[i], true
}

// Fits reports whether the package has builds for this machine.
func (p Package) Fits() bool { return slices.Contains(p.Machines, runtime.GOOS+"/"+runtime.GOARCH) }

// The packages and their versions, each with the hashes that it may have, as
// `uv pip compile --universal --generate-hashes` resolved them; ExecuTorch's
// without what only its converters for other devices, its tokenizers and its
// tests import, part of which has no builds.
//
//go:embed requirements
var requirements embed.FS

// Requirements is the text of the package's requirements.
func (p Package) Requirements() ([]byte, error) {
	if p.Pinned != nil {
		return p.Pinned, nil
	}
	return requirements.ReadFile("requirements/" + p.Folder + ".txt")
}

// Store is the folder that environments are in.
type Store string

// DefaultStore is in the user's cache folder, or where EDGEBENCH_FRAMEWORKS
// says.
func DefaultStore() (Store, error) {
	if named := os.Getenv("EDGEBENCH_FRAMEWORKS"); named != "" {
		return Store(named), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("the folder for frameworks: %w; name one in EDGEBENCH_FRAMEWORKS", err)
	}
	return Store(filepath.Join(cache, "edgebench", "frameworks")), nil
}

// Dir is a package's environment.
func (s Store) Dir(p Package) string { return filepath.Join(string(s), p.Folder) }

// Python is the interpreter of a package's environment.
func (s Store) Python(p Package) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(s.Dir(p), "Scripts", "python.exe")
	}
	return filepath.Join(s.Dir(p), "bin", "python")
}

// State is how far a package is installed.
type State string

// The states.
const (
	Missing    State = "missing"
	Incomplete State = "incomplete" // an installation was interrupted
	Outdated   State = "outdated"   // of other requirements than this program's
	Damaged    State = "damaged"    // its interpreter is gone
	Ready      State = "ready"
)

// markFile says that an environment is complete, and of what.
const markFile = "edgebench.json"

type mark struct {
	Requirements string `json:"requirements"` // digest
	Python       string `json:"python"`
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Look says how far a package is installed.
func (s Store) Look(p Package) (State, error) {
	if _, err := os.Stat(s.Dir(p)); errors.Is(err, fs.ErrNotExist) {
		return Missing, nil
	}
	data, err := os.ReadFile(filepath.Join(s.Dir(p), markFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Incomplete, nil
	}
	if err != nil {
		return "", err
	}
	var m mark
	if err := json.Unmarshal(data, &m); err != nil {
		return Incomplete, nil
	}
	wanted, err := p.Requirements()
	if err != nil {
		return "", err
	}
	if m.Requirements != digest(wanted) {
		return Outdated, nil
	}
	if _, err := os.Stat(s.Python(p)); err != nil { // of what the link leads to
		return Damaged, nil
	}
	return Ready, nil
}

// Remove deletes a package's environment.
func (s Store) Remove(p Package) error { return os.RemoveAll(s.Dir(p)) }
