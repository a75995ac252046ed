// Package sensor describes the host and reads its state:
//
//  1. [Host.Environment] says what the machine is; its digest decides whether two results compare;
//  2. [Host.State], read before and after a job, says how it was: clocks, governors, load,
//     temperatures, free memory, throttling;
//  3. [Host.Activity], read around every batch, counts who used the processors;
//  4. [Host.List] says which sensors there are, what is missing and how to get it.
//
// Nothing fails: what cannot be read is a [Reading] with the status "unreadable" and the reason.
//
// On Linux everything comes from files below one root (/proc, /sys), so that recorded trees of other
// machines test it; elsewhere gopsutil reads what the system tells.
package sensor
