// Package report turns run directories into a document.
//
// Write takes these steps:
//
//  1. read the runs: plan, environment, results (package journal);
//  2. make one Row of each result, published or measured, and of each
//     combination that was skipped;
//  3. make the figures and tables that the studies declare, and those that
//     every report has: this machine's results, what was skipped, the claims,
//     the methods, the environment; a notice stands in the place of one that
//     cannot be made, and the rest is written;
//  4. execute the template (Markdown with text/template) and parse the text
//     into a document (package document);
//  5. render it: PDF (package pdf) and one HTML page (package html), figures as
//     SVG and PNG, and the data of every figure and table as CSV and JSON.
//
// Figures, tables and claims come from the run's plan, or from specs that were
// changed since and would run the same (Options.Specs). Nothing but these, the
// runs and the template goes in, so that the same runs give
// the same bytes.
package report
