import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setList, setOrAddList, setScalar } from '../../../../src/formats/own/edit-pins.ts';
import { parseTrustPins } from '../../../../src/verify/anchors/pins.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const committed = readFileSync(new URL('../../../../trust/pins.yaml', import.meta.url), 'utf8');
const normalise = (text: string) => text.replaceAll(' ', '').toUpperCase();
const [a, b, c] = ['A'.repeat(40), 'B'.repeat(40), 'C'.repeat(40)];

const block = `anchors:
  x: # why
    fingerprints:
      # the first
      - ${a} # Ann
      - "${b.toLowerCase()}"
    learnt: here
`;

function changedLines(before: string, after: string): string[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  return [...old.filter((line) => !young.includes(line)), ...young.filter((line) => !old.includes(line))];
}

describe('setList', () => {
  const path = ['anchors', 'x', 'fingerprints'];

  it('adds, removes and replaces items of a block list, and leaves the rest as it is', () => {
    const add = setList(block, path, [a, b, c], normalise);
    expect(changedLines(block, add)).toEqual([`      - ${c}`]);
    const remove = setList(block, path, [b], normalise);
    expect(changedLines(block, remove)).toEqual([`      - ${a} # Ann`]);
    const replace = setList(block, path, [c], normalise);
    expect(replace).toBe(
      `anchors:\n  x: # why\n    fingerprints:\n      # the first\n      - ${c}\n    learnt: here\n`,
    );
  });

  it('rewrites a flow list', () => {
    const flow = `anchors:\n  x:\n    fingerprints: [${a}] # one\n`;
    expect(setList(flow, path, [a, c], normalise)).toBe(
      `anchors:\n  x:\n    fingerprints: [${a}, ${c}] # one\n`,
    );
  });

  it('ends a new line as the others end', () => {
    const crlf = block.replaceAll('\n', '\r\n');
    expect(setList(crlf, path, [a, c], normalise)).toBe(
      setList(block, path, [a, c], normalise).replaceAll('\n', '\r\n'),
    );
  });

  it('changes one line of the committed pins', () => {
    for (const [anchor, values] of [
      ['runc', [a]],
      ['debian-archive', [a, b]],
    ] as const) {
      const edited = setList(committed, ['anchors', anchor, 'fingerprints'], values, normalise);
      const pins = parseTrustPins(edited, 'pins.yaml').anchors;
      const before = parseTrustPins(committed, 'pins.yaml').anchors;
      expect(pins[anchor]).toMatchObject({ fingerprints: values });
      expect({ ...pins, [anchor]: undefined }).toEqual({ ...before, [anchor]: undefined });
      expect(edited).toContain('# Signs trixie-security, with its subkey');
    }
  });

  it.each([
    [
      'an alias',
      `anchors:\n  x:\n    fingerprints: &f [${a}]\n  y:\n    fingerprints: *f\n`,
      ['anchors', 'y', 'fingerprints'],
    ],
    ['an alias in it', `z: &z ${a}\nanchors:\n  x:\n    fingerprints:\n      - *z\n`, path],
    ['a value of two lines', `anchors:\n  x:\n    fingerprints:\n      - >-\n        ${a}\n`, path],
    ['a note in a flow list', `anchors:\n  x:\n    fingerprints: [\n      ${a}, # Ann\n    ]\n`, path],
    ['no list', 'anchors:\n  x:\n    fingerprints: one\n', path],
    ['nothing', 'anchors: {}\n', path],
  ])('refuses %s', async (_, text, at) => {
    await refusal(() => setList(text, at, [b], normalise), UsageError, 'TRUST_INVALID');
  });
});

describe('setOrAddList', () => {
  const path = ['anchors', 'x', 'retired'];
  const add = (text: string, values = [c]) => setOrAddList(text, path, 'fingerprints', values, normalise);

  it('writes the list behind the field beside it, and leaves the rest as it is', () => {
    expect(add(block, [c, a])).toBe(
      block.replace('    learnt', () => `    retired:\n      - ${c}\n      - ${a}\n    learnt`),
    );
    const flow = `anchors:\n  x:\n    fingerprints: [${a}] # one\n\n    # why\n    learnt: here\n`;
    expect(add(flow)).toBe(
      `anchors:\n  x:\n    fingerprints: [${a}] # one\n    retired:\n      - ${c}\n\n    # why\n    learnt: here\n`,
    );
    const last = block.replace('    learnt: here\n', '');
    expect(add(last)).toBe(`${last}    retired:\n      - ${c}\n`);
    expect(add(block.replaceAll('\n', '\r\n'))).toBe(add(block).replaceAll('\n', '\r\n'));
  });

  it('adds to the list that there is', () => {
    const first = add(block);
    expect(add(first, [c, b])).toBe(first.replace(`- ${c}\n`, () => `- ${c}\n      - ${b}\n`));
  });

  it('gives the committed pins what they can be read with', () => {
    for (const anchor of ['runc', 'debian-archive']) {
      const edited = setOrAddList(committed, ['anchors', anchor, 'retired'], 'fingerprints', [c], normalise);
      const pins = parseTrustPins(edited, 'pins.yaml').anchors;
      const before = parseTrustPins(committed, 'pins.yaml').anchors;
      expect(pins).toEqual({ ...before, [anchor]: { ...before[anchor], retired: [c] } });
      expect(changedLines(committed, edited)).toEqual(['    retired:', `      - ${c}`]);
    }
  });

  it.each([
    ['anchors in one line', `anchors:\n  x: { fingerprints: [${a}], learnt: here }\n`],
    ['no such anchor', 'anchors: {}\n'],
    ['nothing to write it behind', 'anchors:\n  x:\n    learnt: here\n'],
    ['an alias in its place', `anchors:\n  y: &y [${a}]\n  x:\n    fingerprints: *y\n`],
    ['no line end', `anchors:\n  x:\n    fingerprints: [${a}]`],
    ['another kind of list', `anchors:\n  x:\n    fingerprints: [${a}]\n    retired: one\n`],
  ])('refuses %s', async (_, text) => {
    await refusal(() => add(text), UsageError, 'TRUST_INVALID');
  });
});

describe('setScalar', () => {
  it('changes one value', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    let edited = setScalar(committed, ['anchors', 'sigstore', 'digest'], digest);
    edited = setScalar(edited, ['anchors', 'sigstore', 'root', 'version'], 17);
    expect(changedLines(committed, edited).slice(-2)).toEqual([`    digest: ${digest}`, '      version: 17']);
    expect(parseTrustPins(edited, 'pins.yaml').anchors['sigstore']).toMatchObject({
      digest,
      root: { version: 17 },
    });
  });

  it('refuses what is no single value', async () => {
    await refusal(() => setScalar(committed, ['anchors'], 'x'), UsageError, 'TRUST_INVALID');
    await refusal(
      () => setScalar(committed, ['anchors', 'nobody', 'digest'], 'x'),
      UsageError,
      'TRUST_INVALID',
    );
  });
});
