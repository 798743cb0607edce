/** The action's inputs as words of a command line, and its outputs as the runner reads them. */
import { describe, expect, it } from 'vitest';
import {
  commandOf,
  InputError,
  inputNames,
  isManifestName,
  renderOutputs,
  type Inputs,
} from '../../../scripts/action/command.ts';

const none = Object.fromEntries(inputNames.map((name) => [name, ''])) as Inputs;
const run = (inputs: Partial<Inputs>) =>
  commandOf({ ...none, ...inputs }, (folder) => [`${folder}/knd.debian-13.amd64.json`]);

describe('commandOf', () => {
  it.each<[string, Partial<Inputs>, readonly string[], string | undefined]>([
    ['update', { command: 'update' }, ['update-manifests', '--keep-going'], 'manifests'],
    [
      'update elsewhere',
      { command: 'update', catalogue: 'a/b.yaml', 'trust-dir': 't', arguments: '--advisories\n  osv\n\n' },
      ['update-manifests', '--keep-going', '--catalogue=a/b.yaml', '--trust-dir=t', '--advisories', 'osv'],
      'a',
    ],
    [
      'update with its catalogue at the top',
      { command: 'update', catalogue: 'c.yaml' },
      ['update-manifests', '--keep-going', '--catalogue=c.yaml'],
      '.',
    ],
    [
      'update into another folder',
      { command: 'update', 'manifests-dir': 'm' },
      ['update-manifests', '--keep-going', '--manifests-dir=m'],
      'm',
    ],
    ['update-trust', { command: 'update-trust' }, ['update-trust', '--within'], 'trust'],
    ['check', { command: 'check' }, ['update-manifests', '--check'], undefined],
    [
      'verify',
      { command: 'verify' },
      ['verify', '--offline', '--', 'manifests/knd.debian-13.amd64.json'],
      undefined,
    ],
    [
      'verify of two',
      { command: 'verify', manifests: 'a.json\nb.json\n' },
      ['verify', '--offline', '--', 'a.json', 'b.json'],
      undefined,
    ],
    [
      'stage',
      { command: 'stage', manifests: 'a.json', directory: 'out' },
      ['stage', '--dir=out', '--', 'a.json'],
      undefined,
    ],
  ])('%s', (_, inputs, words, changes) => {
    expect(run(inputs)).toEqual({ words, changes });
  });

  it('keeps what looks like a flag, or like shell, a value', () => {
    const hostile = '$(touch hacked); `id`';
    expect(run({ command: 'update', catalogue: hostile }).words).toContain(`--catalogue=${hostile}`);
    expect(run({ command: 'stage', manifests: '--json', directory: '--prune' }).words).toEqual([
      ...['stage', '--dir=--prune'],
      ...['--', '--json'],
    ]);
  });

  it.each<[string, Partial<Inputs>]>([
    ['no command', {}],
    ['another command', { command: 'update; id' }],
    ['a name that every object has', { command: 'constructor' }],
    ['an input of another command', { command: 'update', directory: 'out' }],
    [
      'an input that would be passed over',
      { command: 'stage', manifests: 'a', directory: 'b', catalogue: 'c' },
    ],
    ['two lines for a path', { command: 'update', catalogue: 'a\nb.yaml' }],
    ['a carriage return in a path', { command: 'update', 'manifests-dir': 'a\rb' }],
    ['a flag that an input stands for', { command: 'update', arguments: '--manifests-dir\nother' }],
    [
      'such a flag with its value',
      { command: 'stage', manifests: 'a', directory: 'b', arguments: '--dir=c' },
    ],
    ['nothing to stage', { command: 'stage', directory: 'out' }],
    ['two to stage', { command: 'stage', manifests: 'a\nb', directory: 'out' }],
    ['nowhere to stage to', { command: 'stage', manifests: 'a' }],
  ])('refuses %s', (_, inputs) => {
    expect(() => run(inputs)).toThrow(InputError);
  });

  it('refuses to verify nothing', () => {
    expect(() => commandOf({ ...none, command: 'verify' }, () => [])).toThrow(InputError);
  });
});

describe('renderOutputs', () => {
  it('writes values between delimiters', () => {
    expect(renderOutputs({ changed: 'true', manifests: 'a\nb' }, 'END')).toBe(
      'changed<<END\ntrue\nEND\nmanifests<<END\na\nb\nEND\n',
    );
  });

  it('writes no value that ends itself', () => {
    expect(() => renderOutputs({ manifests: 'a\nEND\nchanged<<X' }, 'END')).toThrow(InputError);
  });
});

it('names of manifests have nothing in them that ends a line', () => {
  expect(isManifestName('knd.debian-13.amd64.json')).toBe(true);
  for (const name of ['catalogue.yaml', 'a.json', 'a.b.amd64.json\nchanged', '../a.b.amd64.json']) {
    expect(isManifestName(name)).toBe(false);
  }
});
