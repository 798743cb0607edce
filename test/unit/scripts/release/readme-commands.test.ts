/** The commands that `make install-check` takes out of the README. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsUnder } from '../../../../scripts/release/readme-commands.ts';
import { root } from '../../../support/run-assay.ts';

const text = [
  '## Install',
  '',
  '### One',
  '',
  '```console not-played',
  '$ first --flag \\',
  '    value',
  'what it prints: $ 5',
  '$ second',
  '```',
  '',
  '### Two',
  '',
  '```sh',
  '$ none of these',
  '```',
  '',
  '## Else',
  '',
  '```console',
  '$ elsewhere',
  '```',
  '',
].join('\n');

describe('commandsUnder', () => {
  it('has whole commands, without what they print, up to the next heading', () => {
    expect(commandsUnder(text, 'One')).toEqual(['first --flag \\\n    value', 'second']);
  });

  it.each(['Two', 'Three', 'Else'])('throws where there are none: %s', (title) => {
    expect(() => commandsUnder(text, title)).toThrow(/no commands/);
  });
});

it.each(['With npm', 'As one file'])('README.md ends "%s" with a .deb that is verified', (title) => {
  const commands = commandsUnder(readFileSync(join(root, 'README.md'), 'utf8'), title);
  expect(commands.at(-1)).toMatch(/^assay fetch-deb .* --dir \.$/s);
});

it('README.md names the version that is released', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const named = [...readme.matchAll(/podplane\/assay\/\S*(?:download|tags)\/v([^/\s]+)/g)].map(
    ([, one]) => one,
  );
  expect(new Set(named)).toEqual(new Set([version]));
});
