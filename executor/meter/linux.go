package meter

import (
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"time"
)

// raplPeriod is how often Intel's and AMD's counters are updated (Khan et al., RAPL in Action, 2018).
const raplPeriod = time.Millisecond

// rapl reads the zones of the powercap framework (Documentation/power/powercap/powercap.rst). Zones of
// intel-rapl-mmio are the same counters once more.
func rapl(m Machine) ([]Meter, string) {
	zones := m.Glob("sys/class/powercap/intel-rapl:*/energy_uj")
	var meters []Meter
	for _, file := range zones {
		zone := path.Dir(file)
		name := m.Word(zone + "/name")
		if parent, _, sub := strings.Cut(strings.TrimPrefix(path.Base(zone), "intel-rapl:"), ":"); sub {
			name = m.Word("sys/class/powercap/intel-rapl:"+parent+"/name") + " " + name
		}
		wraps, err := m.Number(zone+"/max_energy_range_uj", 1e6)
		if err != nil {
			wraps = 0
		}
		meters = append(meters, reading{
			Description{
				Name: "RAPL " + name, Source: "/" + file, Scope: raplScope(name), Quantity: Energy,
				Resolution: 61e-6, // 2^-14 J, which most processors count in
				Period:     raplPeriod, Wraps: wraps,
				Note: "a model of the processor on older ones, a measurement since Haswell; the rest of the board is not in it",
			},
			func() (float64, error) { return m.Number(file, 1e6) },
		})
	}
	return meters, "/sys/class/powercap has no intel-rapl zone"
}

func raplScope(name string) Scope {
	switch {
	case strings.HasSuffix(name, "core") && !strings.HasSuffix(name, "uncore"):
		return Cores
	case strings.HasSuffix(name, "uncore"):
		return GPU
	case strings.HasSuffix(name, "dram"):
		return Memory
	case strings.HasPrefix(name, "psys"):
		return Platform
	}
	return Package
}

// unknownPeriod is taken where a driver does not tell how often it has a new reading.
const unknownPeriod = 100 * time.Millisecond

// monitors are the drivers whose power or energy is that of a supply.
var monitors = map[string]Scope{
	"amd_energy": Package, "ina209": Rail, "ina219": Rail, "ina220": Rail, "ina226": Rail, "ina230": Rail, "ina231": Rail,
	"ina2xx": Rail, "ina237": Rail, "ina238": Rail, "ina228": Rail, "ina260": Rail, "ina3221": Rail, "amdgpu": GPU,
}

// hwmon reads power and energy as Documentation/hwmon/sysfs-interface.rst says, and multiplies voltage by
// current where a driver has only those, as ina3221.
func hwmon(m Machine) ([]Meter, string) {
	var meters []Meter
	for _, file := range m.Glob("sys/class/hwmon/hwmon*/name") {
		folder, name := path.Dir(file), m.Word(file)
		scope, known := monitors[name]
		if !known {
			continue
		}
		period := unknownPeriod
		if ms, err := m.Number(folder+"/update_interval", 1); err == nil && ms > 0 {
			period = time.Duration(ms * float64(time.Millisecond))
		}
		found := append(energies(m, folder, name, scope), powers(m, folder, name, scope, period)...)
		if len(found) == 0 {
			found = products(m, folder, name, scope, period)
		}
		meters = append(meters, found...)
	}
	return meters, "/sys/class/hwmon has no monitor of power that edgebench knows"
}

// label is what the board's maker calls a channel, else its attribute.
func label(m Machine, file string) string {
	if l := m.Word(path.Dir(file) + "/" + attribute(file) + "_label"); l != "" {
		return l
	}
	return attribute(file)
}

func energies(m Machine, folder, name string, scope Scope) []Meter {
	var meters []Meter
	for _, file := range m.Glob(folder + "/energy[0-9]*_input") {
		l, s := label(m, file), scope
		if strings.HasPrefix(l, "Ecore") {
			s = Cores
		}
		meters = append(meters, reading{
			Description{Name: name + " " + l, Source: "/" + file, Scope: s, Quantity: Energy, Resolution: 61e-6, Period: unknownPeriod},
			func() (float64, error) { return m.Number(file, 1e6) },
		})
	}
	return meters
}

func powers(m Machine, folder, name string, scope Scope, period time.Duration) []Meter {
	files := m.Glob(folder + "/power[0-9]*_input")
	if len(files) == 0 {
		files = m.Glob(folder + "/power[0-9]*_average")
	}
	var meters []Meter
	for _, file := range files {
		meters = append(meters, reading{
			Description{Name: name + " " + label(m, file), Source: "/" + file, Scope: scope, Quantity: Power, Period: period},
			func() (float64, error) { return m.Number(file, 1e6) },
		})
	}
	return meters
}

func products(m Machine, folder, name string, scope Scope, period time.Duration) []Meter {
	var meters []Meter
	for _, current := range m.Glob(folder + "/curr[0-9]*_input") {
		channel := strings.TrimPrefix(attribute(current), "curr")
		voltage := folder + "/in" + channel + "_input"
		if !m.exists(voltage) || m.Word(folder+"/in"+channel+"_enable") == "0" {
			continue
		}
		meters = append(meters, reading{
			Description{Name: name + " " + label(m, voltage), Source: "/" + current, Scope: scope, Quantity: Power, Period: period, Note: "voltage times current"},
			func() (float64, error) {
				amperes, err := m.Number(current, 1e3)
				if err != nil {
					return 0, err
				}
				volts, err := m.Number(voltage, 1e3)
				return volts * amperes, err
			},
		})
	}
	return meters
}

// jetson reads NVIDIA's own driver of older JetPacks: milliwatts by rail.
func jetson(m Machine) ([]Meter, string) {
	var meters []Meter
	for _, file := range m.Glob("sys/bus/i2c/drivers/ina3221x/*/iio:device*/in_power[0-9]_input") {
		channel := strings.TrimSuffix(strings.TrimPrefix(path.Base(file), "in_power"), "_input")
		rail := m.Word(path.Dir(file) + "/rail_name_" + channel)
		scope := Rail
		if rail == "VDD_IN" || rail == "POM_5V_IN" || rail == "MAIN_VDD_IN" {
			scope = Supply
		}
		meters = append(meters, reading{
			Description{Name: "INA3221 " + rail, Source: "/" + file, Scope: scope, Quantity: Power, Resolution: 1e-3, Period: unknownPeriod},
			func() (float64, error) { return m.Number(file, 1e3) },
		})
	}
	return meters, "no INA3221 of a Jetson is in /sys/bus/i2c/drivers/ina3221x"
}

// battery reads what a battery gives (Documentation/ABI/testing/sysfs-class-power).
func battery(m Machine) ([]Meter, string) {
	var meters []Meter
	reason := "this machine has no battery"
	for _, file := range m.Glob("sys/class/power_supply/*/type") {
		folder := path.Dir(file)
		if m.Word(file) != "Battery" || m.Word(folder+"/scope") == "Device" {
			continue
		}
		name, state := path.Base(folder), m.Word(folder+"/status")
		if state != "Discharging" {
			reason = fmt.Sprintf("the battery %s is not discharging (%s): what the machine takes comes from elsewhere", name, state)
			continue
		}
		meters = append(meters, reading{
			Description{Name: "battery " + name, Source: "/" + folder, Scope: Supply, Quantity: Power, Period: time.Second, Note: "of the whole machine, its display included"},
			func() (float64, error) { return discharge(m, folder) },
		})
	}
	return meters, reason
}

// discharge is the battery's power in W. Drivers give it, or its factors; a few give them a sign.
func discharge(m Machine, folder string) (float64, error) {
	if s := m.Word(folder + "/status"); s != "Discharging" {
		return 0, fmt.Errorf("the battery is not discharging any more (%s)", s)
	}
	if m.exists(folder + "/power_now") {
		p, err := m.Number(folder+"/power_now", 1e6)
		return math.Abs(p), err
	}
	volts, err := m.Number(folder+"/voltage_now", 1e6)
	if err != nil {
		return 0, err
	}
	amperes, err := m.Number(folder+"/current_now", 1e6)
	return math.Abs(volts * amperes), err
}

// pmic sums up the rails that the Raspberry Pi 5's power management chip measures.
func pmic(m Machine) (Found, string) {
	if _, err := rails(m); err != nil {
		return Found{}, err.Error()
	}
	return Found{Meters: []Meter{reading{
		Description{
			Name: "PMIC rails", Source: "vcgencmd pmic_read_adc", Scope: Platform, Quantity: Power, Period: unknownPeriod,
			Note: "the sum of the chip's rails: USB devices, HATs and the losses of its converters are not in it",
		},
		func() (float64, error) { return rails(m) },
	}}}, ""
}

// rails is the sum in W of voltage times current over what "vcgencmd pmic_read_adc" prints, in lines such
// as "3V7_WL_SW_A current(0)=0.00390391A" and "3V7_WL_SW_V volt(8)=3.72076200V".
func rails(m Machine) (float64, error) {
	text, err := m.Command("vcgencmd", "pmic_read_adc")
	if errors.Is(err, exec.ErrNotFound) {
		return 0, errors.New("vcgencmd is not installed")
	}
	if err != nil {
		return 0, fmt.Errorf("vcgencmd pmic_read_adc: %w", err)
	}
	amperes, volts := map[string]float64{}, map[string]float64{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 2 {
			continue
		}
		_, number, _ := strings.Cut(fields[1], "=")
		if rail, ok := strings.CutSuffix(fields[0], "_A"); ok {
			err = keep(amperes, rail, number, "A")
		} else if rail, ok := strings.CutSuffix(fields[0], "_V"); ok {
			err = keep(volts, rail, number, "V")
		}
		if err != nil {
			return 0, err
		}
	}
	watts, pairs := 0.0, 0
	for rail, a := range amperes {
		if v, ok := volts[rail]; ok {
			watts += a * v
			pairs++
		}
	}
	if pairs == 0 {
		return 0, errors.New("this board's firmware measures no rail")
	}
	return watts, nil
}

func keep(values map[string]float64, rail, text, unit string) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
	if err != nil {
		return fmt.Errorf("vcgencmd pmic_read_adc gives %q for %s, not a number in %s", text, rail, unit)
	}
	values[rail] = v
	return nil
}

// nvidia follows NVIDIA's own tool. The library behind it is not linked: it would tie this program to one C
// library.
func nvidia(m Machine) (Found, string) {
	text, err := m.Command("nvidia-smi", "--query-gpu=index,name", "--format=csv,noheader")
	if errors.Is(err, exec.ErrNotFound) {
		return Found{}, "nvidia-smi is not installed"
	}
	if err != nil {
		return Found{}, fmt.Sprintf("nvidia-smi: %v", err)
	}
	var f Found
	for line := range strings.Lines(text) {
		index, name, ok := strings.Cut(strings.TrimSpace(line), ", ")
		if !ok {
			continue
		}
		command := []string{
			"nvidia-smi", "--query-gpu=power.draw.instant", "--format=csv,noheader,nounits", "--id=" + index,
			fmt.Sprintf("--loop-ms=%d", unknownPeriod.Milliseconds()),
		}
		f.Streams = append(f.Streams, Lines{
			Description{
				Name: fmt.Sprintf("GPU %s (%s)", index, name), Source: strings.Join(command, " "), Scope: GPU, Quantity: Power,
				Period: unknownPeriod, Resolution: 0.01, Note: "the card only; the driver's own averaging is in it",
			},
			command,
		})
	}
	return f, "nvidia-smi lists no GPU"
}
