import { describe, expect, it } from 'vitest';
import { asTemplate, templateProblem } from '../../../src/render/go-template.ts';

describe('templateProblem', () => {
  it.each([
    ...['', 'plain', '}} {', '{{ .Nonce }}', '{{.Cluster.CACert}}', '{{\t._a1.B }}', 'a{{ .A }}{{ .B }}b}}'],
    ...['{{"{{"}}', '{{ "{{" }} .A }}', '{ {{ .A }} }', '{{ .A }}}', '{{ .if.range.end }}'],
  ])('finds none in %j', (text) => {
    expect(templateProblem(text)).toBeUndefined();
  });

  it.each([
    ...[
      '{{',
      '{{}}',
      '{{ . }}',
      '{{ .A',
      '{{ .A }',
      '{{{ .A }}',
      '{{{{ .A }}',
      '{{ .A }}{{',
      '{{ .A }} {{ x }}',
    ],
    ...[
      '{{- .A }}',
      '{{ .A -}}',
      '{{ .A | html }}',
      '{{ printf "%s" .A }}',
      '{{ if .A }}x{{ end }}',
      '{{ range .A }}',
    ],
    ...[
      '{{ template "x" }}',
      '{{ define "x" }}',
      '{{/* x */}}',
      '{{ $x }}',
      '{{ $.A }}',
      '{{ .A.B. }}',
      '{{ ..A }}',
    ],
    ...[
      '{{ .A-B }}',
      '{{ .1 }}',
      '{{ .A .B }}',
      '{{ (.A) }}',
      '{{ "x" }}',
      '{{ `{{` }}',
      '{{ .A\n}}',
      '{{ .Ä }}',
      '{{ nil }}',
    ],
  ])('refuses %j', (text) => {
    expect(templateProblem(text)).toMatch(/^may have fields like/);
  });
});

describe('asTemplate', () => {
  it.each(['', 'a', '{', '{{', '{{{', '{{{{', '{{{{{', '}}', '{{ .A }}', '{{"{{"}}', 'a {{ b'])(
    'is filled in to be %j',
    (text) => {
      const template = asTemplate(text);
      expect(templateProblem(template)).toBeUndefined();
      // From left to right, as Go does it.
      expect(template.replaceAll('{{"{{"}}', '\0').replaceAll('\0', '{{')).toBe(text);
      expect(template.replaceAll('{{"{{"}}', '')).not.toContain('{{');
    },
  );
});
