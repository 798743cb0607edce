/** What a job of GitHub Actions shows beside the files of its checkout: real runs, in its environment. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reportFailures } from '../../../src/commands/shared/report-error.ts';
import { placeInManifest, placesInCatalogue } from '../../../src/commands/shared/places.ts';
import type { Host } from '../../../src/commands/shared/host.ts';
import { VerificationError } from '../../../src/model/errors.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { manifest } from '../../support/failing-runs.ts';
import { readDocument } from '../../support/json-documents.ts';
import { root } from '../../support/run-assay.ts';

const workspace = mkdtempSync(join(tmpdir(), 'assay-annotations-'));
afterAll(() => {
  rmSync(workspace, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(workspace, name), text);
  return join(workspace, name);
}

const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace };
const run = async (args: readonly string[]) =>
  (await runInProcess(args, { env })).stderr.split('\n').slice(0, -1);

const head = 'version: 1\nkinds: [tools]\nplatforms:\n  - os: debian-13\n    architectures: [amd64]\n';
const hostile = '"%0A::add-mask::x\\r\\n::set-output name=a::b"';

describe('a problem of a file', () => {
  it('is shown at its line: of the catalogue each', async () => {
    const catalogue = file(
      'catalogue.yaml',
      `${head}sources: {}\ndependencies:\n  tool:\n    kinds: [tols]\n    type: ${hostile}\n`,
    );
    const lines = await run(['update-manifests', '--catalogue', catalogue]);
    const places = lines.map((line) =>
      /^::error file=catalogue\.yaml,line=(\d+),col=(\d+),title=CATALOGUE_INVALID::/.exec(line)?.slice(1),
    );
    expect(places).toContainEqual(['8', '3']);
    expect(places).toContainEqual(['10', '11']);
    expect(places).not.toContain(undefined);
    expect(lines.find((line) => line.includes('line=8,'))).toContain(`${catalogue}:8:3: dependencies.tool`);
  });

  it('of the pins, of YAML that is none, and of values', async () => {
    const catalogue = file('good.yaml', `${head}sources: {}\ndependencies: {}\n`);
    file('pins.yaml', 'version: 1\nanchors:\n  a:\n    type: nothing\n');
    expect(await run(['update-manifests', '--catalogue', catalogue, '--trust-dir', workspace])).toEqual([
      expect.stringMatching(
        /^::error file=pins\.yaml,line=4,col=11,title=TRUST_INVALID::.*\[TRUST_INVALID\]/,
      ),
    ]);
    expect(
      await run(['update-manifests', '--catalogue', file('broken.yaml', 'version: 1\nkinds: [a\n')]),
    ).toEqual([expect.stringMatching(/^::error file=broken\.yaml,line=2,col=8,title=CATALOGUE_INVALID::/)]);
    const values = file('values.yaml', 'hostname: a\nnothing: 1\n');
    const rendered = await run(['render', 'user-data', manifest, '--values', values]);
    expect(rendered).toContainEqual(
      expect.stringMatching(/^::error file=values\.yaml,line=2,col=1,title=VALUES_INVALID::/),
    );
  });

  it('of a manifest, by its JSON and by its fields', async () => {
    const name = 'knd.debian-13.amd64.json';
    const text = readFileSync(join(root, manifest), 'utf8');
    const size = text.replace(/"size": \d+/, '"size": "many"');
    const line = size.slice(0, size.indexOf('"size": "many"')).split('\n').length;
    expect(await run(['sbom', file(name, size)])).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^::error file=${name},line=${String(line)},col=\\d+,title=MANIFEST_INVALID::.*\\.size: must be`,
        ),
      ),
    );
    expect(await run(['sbom', file(name, text.replace('"vmconfig"', 'vmconfig'))])).toContainEqual(
      expect.stringMatching(
        /^::error file=knd\.debian-13\.amd64\.json,line=2,col=\d+,title=MANIFEST_INVALID::/,
      ),
    );
  });
});

it('is never in the JSON on standard output', async () => {
  const catalogue = file('bad.yaml', `${head}sources: {}\ndependencies: ${hostile}\n`);
  const { stdout, stderr } = await runInProcess(['update-manifests', '--catalogue', catalogue, '--json'], {
    env,
  });
  expect(stderr).toMatch(/^::error file=bad\.yaml/);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stdout).not.toContain('::');
  expect(readDocument('error', stdout).error.code).toBe('CATALOGUE_INVALID');
});

it('is about the run where no file is at fault, and a line for people', async () => {
  expect(await run(['stage', 'no-such-file'])).toEqual([
    expect.stringMatching(/^::error title=FILE_UNREADABLE::no-such-file does not exist \[FILE_UNREADABLE\]/),
  ]);
  const { stderr } = await runInProcess(['stage', 'no-such-file']);
  expect(stderr).toMatch(/^error: no-such-file does not exist \[FILE_UNREADABLE\]\n/);
});

describe('a refused entry', () => {
  const text = `${head}sources: {}\ndependencies:\n  other: &a\n    x: 1\n  tool:\n    <<: 1\n`;
  const host = { env } as unknown as Host;

  it('is shown where the catalogue asks for it', () => {
    const told: unknown[] = [];
    const reporter = { failure: (...args: unknown[]) => told.push(args) } as never;
    const error = new VerificationError('SIGNER_UNTRUSTED', 'another');
    const placeOf = placesInCatalogue('catalogue.yaml', Buffer.from(text), host);
    reportFailures(
      [
        { name: 'tool', error },
        { name: 'other', error },
      ],
      reporter,
      placeOf,
    );
    expect(told).toEqual([[error, 'tool, other', { file: 'catalogue.yaml', line: 10, column: 3 }]]);
  });

  it('of what the catalogue does not have, at the nearest place; for people nowhere', () => {
    expect(placesInCatalogue('c.yaml', Buffer.from(text), host)('gone')).toEqual({
      file: 'c.yaml',
      line: 7,
      column: 1,
    });
    expect(placesInCatalogue('c.yaml', Buffer.from('{'), { env: {} } as Host)('tool')).toBeUndefined();
  });

  it('of a manifest, where that has it', async () => {
    const bytes = readFileSync(join(root, manifest));
    const files = { read: (path: string) => Promise.resolve(path === 'm/a.json' ? bytes : undefined) };
    const place = await placeInManifest('m', 'a.json', 'kubelet', { files, host });
    const lines = bytes.toString('utf8').split('\n');
    expect(lines[(place.line ?? 0) - 1]?.slice((place.column ?? 0) - 1)).toMatch(/^"kubelet": \{/);
    expect(await placeInManifest('m', 'gone.json', 'kubelet', { files, host })).toEqual({
      file: 'm/gone.json',
    });
  });
});
