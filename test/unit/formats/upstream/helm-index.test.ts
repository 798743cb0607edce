/** Indexes of chart repositories, in every form that YAML gives them, and as large as they are. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VerificationError } from '../../../../src/model/errors.ts';
import { membersOf } from '../../../../src/formats/upstream/block-members.ts';
import { indexOfOne, readHelmIndex } from '../../../../src/formats/upstream/helm-index.ts';
import { refusal } from '../../../support/refusals.ts';

const hex = 'a'.repeat(64);
const read = (text: string | Uint8Array, chart = 'tool') =>
  readHelmIndex(Buffer.from(text as string), chart, 'index.yaml');
const one = [{ version: '1.2.3', url: 'tool-1.2.3.tgz', digest: hex, isDeprecated: false }];
const item = (indent: string) =>
  [`- name: tool`, `  version: 1.2.3`, `  digest: ${hex}`, `  urls:`, `  - tool-1.2.3.tgz`]
    .map((line) => `${indent}${line}\n`)
    .join('');
const plain = `apiVersion: v1\nentries:\n  tool:\n${item('  ')}`;

it('stays as it is when it is read, and is read again', () => {
  const index = Buffer.from(plain);
  expect(readHelmIndex(index, 'tool', 'index.yaml')).toEqual(one);
  expect(index.toString()).toBe(plain);
  expect(readHelmIndex(index, 'tool', 'index.yaml')).toEqual(one);
});

describe('an index', () => {
  it.each<[string, string]>([
    ["as Helm's own", plain],
    ['with lists further in', `apiVersion: v1\nentries:\n    tool:\n${item('        ')}`],
    ['with a dash on a line of its own', plain.replace('  - name', '  -\n    name')],
    ['with keys in quotes', plain.replace('  tool:', '  "tool":').replace('entries', "'entries'")],
    ['with comments and empty lines', plain.replace('  tool:\n', '# all\n\n  tool: # one\n\n    # a list\n')],
    ['with the line ends of Windows', plain.replaceAll('\n', '\r\n')],
    ['without a newline at its end', plain.trimEnd()],
    ['with a document marker', `---\n${plain}`],
    [
      'with text over several lines',
      plain.replace('    version', '    description: a\n      b: c\n    version'),
    ],
    [
      'with text in quotes over lines',
      plain.replace('    version', '    description: "a\n      version: 9"\n    version'),
    ],
    [
      'with a block of text',
      plain.replace('    version', '    description: |\n      version: 9.9.9\n    version'),
    ],
    ['with maps in it', plain.replace('    version', '    annotations:\n      version: 9.9.9\n    version')],
    ['with a version in quotes', plain.replace('1.2.3\n', '"1.2.3"\n')],
    ['with its places on one line', plain.replace(/urls:\n.*\n/, 'urls: [tool-1.2.3.tgz]\n')],
    [
      'with other charts around it',
      plain.replace('  tool:', `  a:\n${item('  ')}  tool:`) + `  z:\n${item('  ')}`,
    ],
    ['of JSON', JSON.stringify(parse(plain))],
    ['of JSON, over lines', JSON.stringify(parse(plain), null, 2)],
  ])('is read %s', (_, text) => {
    expect(read(text)).toEqual(one);
  });

  it('is kept as far as one version goes, and read again', () => {
    expect(read(indexOfOne('tool', one[0]!))).toEqual(one);
  });

  it('passes over versions that cannot be read, as Helm does', () => {
    const broken = `  - version: 1\n    urls: [x]\n  - version: 1.2.4\n  - urls: [x]\n  - {}\n  - x\n`;
    expect(read(plain + broken)).toEqual(one);
  });

  it.each<[string, string]>([
    ['another chart', plain.replace('  tool:', '  tools:')],
    [
      'a chart of which it has nothing',
      plain.replace('  tool:', '  tools:\n  - x: y\n  tool: null\n  more:'),
    ],
  ])('is refused with %s', async (_, text) => {
    const lacking = () => {
      const found = read(text);
      if (found.length === 0) throw new VerificationError('EVIDENCE_MISSING', 'nothing is there');
    };
    await refusal(lacking, VerificationError, 'EVIDENCE_MISSING');
  });

  it.each<[string, string]>([
    ['nothing in it', ''],
    ['tags', '!!binary abc'],
    ['entries on one line', 'entries: { tool: [] }'],
    ['JSON that is cut', '{"entries": {'],
    ['JSON with a key twice', '{"entries": {}, "entries": {}}'],
    ['two charts of one name', `${plain}  tool:\n${item('  ')}`],
    ['a version twice', `${plain}${item('  ').replace('tgz', 'zip')}`],
  ])('is refused with %s', async (_, text) => {
    await refusal(
      () => void read(text),
      VerificationError,
      text === 'entries: { tool: [] }' ? 'EVIDENCE_MISSING' : 'EVIDENCE_MALFORMED',
    );
  });

  it('is refused with more versions of one chart than anybody publishes', async () => {
    const many = `  - version: 1.0.0\n`.repeat(10_001);
    await refusal(() => void read(plain + many), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('has a limit where it is one JSON value, which is read whole', async () => {
    const large = JSON.stringify({ entries: {}, more: 'x'.repeat(8 << 20) });
    await refusal(() => void read(large), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('of 30 MB costs one pass over its bytes', () => {
    const chart = (name: string) => `  ${name}:\n${item('  ').repeat(100)}`;
    const charts = Array.from({ length: 2_200 }, (_, at) => chart(`chart-${String(at)}`)).join('');
    const text = Buffer.from(`${plain}${charts}`);
    expect(text.length).toBeGreaterThan(30_000_000);
    const before = process.memoryUsage().heapUsed;
    expect(read(text)).toEqual(one);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(text.length);
  });

  it('is cut as the whole parser reads it', () => {
    const text = plain + `  other:\n${item('  ')}`;
    const bytes = Buffer.from(text);
    const keys = [...membersOf({ bytes, start: 0, end: bytes.length })].map(({ key }) => key);
    expect(keys).toEqual(Object.keys(parse(text) as object));
  });
});
