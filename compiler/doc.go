// Package compiler turns specs into a plan.
//
// Compile takes these steps for the studies it is given:
//
//  1. load each spec, with the built-in catalogue (package load);
//  2. check references, policies and expressions (package check);
//  3. lower the models' layers to graphs (packages lower and graph), or read
//     them from ONNX files (package onnx), and audit what is claimed of them
//     (package audit);
//  4. expand each experiment's selections into combinations, judge each
//     (package compat), and make a job or a skip of it;
//  5. judge the cells of compatibility tables, with and without explicit cells;
//  6. judge the models of tables of fit on every platform, and estimate their
//     times there (package estimate);
//  7. seal the plan (package plan).
//
// All errors of a step are reported at once, each with its position.
package compiler
