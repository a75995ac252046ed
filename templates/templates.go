// Package templates holds the report's text: Markdown with text/template.
// README.md beside it says what templates can use.
package templates

import "embed"

// Files holds the built-in templates.
//
//go:embed report.md
var Files embed.FS
