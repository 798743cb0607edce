/** SPDX documents in tag-value form: what they list, and what they must not be taken to list. */
import { describe, expect, it } from 'vitest';
import {
  fileDigestsOf,
  maxSpdxBytes,
  parseSpdxDocument,
  pathOf,
  renderExcerpt,
  wholeOf,
} from '../../../../src/formats/upstream/spdx-document.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { growthOf } from '../../../support/growth.ts';
import { refusal } from '../../../support/refusals.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const long = 'c'.repeat(128);
const head = `SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: Release v1.0.0
DocumentNamespace: https://sbom.example.org/v1.0.0/release
`;
const tool = `FileName: bin/linux/amd64/tool
SPDXID: SPDXRef-tool
FileChecksum: SHA1: ${'1'.repeat(40)}
FileChecksum: SHA256: ${a}
FileChecksum: SHA512: ${long}
`;
const other = `FileName: bin/linux/arm64/tool\nFileChecksum: SHA256: ${b}\n`;

const parse = (text: string | Uint8Array) => parseSpdxDocument(Buffer.from(text as string), 'x.spdx');
const digestsIn = (text: string, path = 'bin/linux/amd64/tool') => fileDigestsOf(parse(text), path, 'x.spdx');
const both = [`sha256:${a}`, `sha512:${long}`];

describe('a document', () => {
  it('says which it is, and lists files by path', () => {
    const document = parse(head + tool + other);
    expect(document).toMatchObject({
      name: 'Release v1.0.0',
      namespace: 'https://sbom.example.org/v1.0.0/release',
    });
    expect(fileDigestsOf(document, 'bin/linux/amd64/tool', 'x')).toEqual(both);
    expect(fileDigestsOf(document, 'bin/linux/arm64/tool', 'x')).toEqual([`sha256:${b}`]);
    expect(pathOf(document, `sha256:${b}`)).toBe('bin/linux/arm64/tool');
    expect(pathOf(document, `sha256:${'d'.repeat(64)}`)).toBeUndefined();
  });

  it.each([
    ['line ends of Windows', (head + tool).replaceAll('\n', '\r\n')],
    ['no line end at its end', (head + tool).trimEnd()],
    ['blanks around tags and values', (head + tool).replaceAll(': ', ' :  ').replaceAll('\n', ' \n\t')],
    ['no blanks', (head + tool).replaceAll(': ', ':')],
    ['comments and empty lines', (head + tool).replaceAll('\n', '\n\n# FileName: x <text>\n')],
    ['lines that are no fields', `${head}a line\n${tool}another <text>one\n</text>\n`],
    ['digits in capitals', head + tool.replace(a, a.toUpperCase())],
    ['`./` before the path', head + tool.replace('bin/', './bin/')],
    ['an older version of the format', head.replace('2.3', '2.2') + tool],
    ['the file at its beginning', tool + head],
    ['the file twice, alike', head + tool + other + tool],
    [
      'the file twice, each with another algorithm',
      `${head + tool.replace(/.*SHA512.*\n/, '')}${other}FileName: ./bin/linux/amd64/tool\nFileChecksum: SHA512: ${long}\n`,
    ],
    ['its name twice, alike', `${head}DocumentName: Release v1.0.0\n${tool}`],
    ['algorithms that nobody knows', `${head + tool}FileChecksum: BLAKE3: ${'0'.repeat(9)}\n`],
    [
      'another form of names among the files',
      `${head}FileName: __proto__\nFileChecksum: constructor: 1\n${tool}`,
    ],
  ])('with %s is the same', (_, text) => {
    expect(digestsIn(text)).toEqual(both);
  });

  it.each([
    ['in a text', `PackageComment: <text>\n${tool}</text>\n`],
    ['in a text that begins with it', `PackageComment: <text>${tool}</text>\n`],
    ['in a text behind other words', `LicenseComments: as follows <text>\n${tool}</text> FileName: x\n`],
    ['in a comment', tool.replaceAll(/^(?=.)/gm, '# ')],
    [
      'under another tag',
      tool.replace('FileName', 'SnippetName').replaceAll('FileChecksum', 'PackageChecksum'),
    ],
    ['under tags in small letters', tool.toLowerCase()],
    ['under a longer path', tool.replace('bin/', 'x/bin/')],
    ['under a shorter path', tool.replace('bin/linux', 'linux')],
    ['in capitals', tool.replace('tool', 'Tool')],
    ['upwards', tool.replace('bin/', '../bin/')],
  ])('does not list a file that is named %s', async (_, text) => {
    await refusal(() => digestsIn(head + text + other), VerificationError, 'SUBJECT_MISMATCH');
  });

  it('goes on behind a text', () => {
    const text = `${head}PackageComment: <text>FileName: x</text>\nExtractedText: <text>\n${other}\n</text>\n${tool}`;
    expect(digestsIn(text)).toEqual(both);
    expect([...parse(text).files.keys()]).toEqual(['bin/linux/amd64/tool']);
  });

  it.each(['toString', '__proto__', 'constructor', ''])('has no file %s of its own accord', async (path) => {
    await refusal(() => digestsIn(head + tool, path), VerificationError, 'SUBJECT_MISMATCH');
  });
});

describe('a file', () => {
  const rest = tool.replace(/^FileChecksum.*\n/gm, '');
  it.each<[string, string, ErrorCode]>([
    ['twice, with another SHA-256', tool + other + tool.replace(a, b), 'SUBJECT_MISMATCH'],
    ['twice, with another SHA-512', tool + tool.replace(long, 'd'.repeat(128)), 'SUBJECT_MISMATCH'],
    ['twice, with another SHA-1', tool + tool.replace('1'.repeat(9), '2'.repeat(9)), 'SUBJECT_MISMATCH'],
    [
      'with `./` and another SHA-256',
      tool + tool.replace(a, b).replace('bin/', './bin/'),
      'SUBJECT_MISMATCH',
    ],
    ['with two of a kind', `${tool}FileChecksum: SHA256: ${b}\n`, 'SUBJECT_MISMATCH'],
    [
      'again, behind a text that a licence ended',
      `${tool}LicenseComments: <text>\n</text>\n${tool.replace(a, b)}</text>\n`,
      'SUBJECT_MISMATCH',
    ],
    ['without a checksum', rest, 'ALGORITHM_REFUSED'],
    ['with SHA-1 alone', `${rest}FileChecksum: SHA1: ${'1'.repeat(40)}\n`, 'ALGORITHM_REFUSED'],
    ['with SHA-512 alone', `${rest}FileChecksum: SHA512: ${long}\n`, 'ALGORITHM_REFUSED'],
    [
      'with a checksum under its package',
      `${rest}PackageName: x\nPackageChecksum: SHA256: ${a}\n`,
      'ALGORITHM_REFUSED',
    ],
    ['with a SHA-256 of 63 digits', tool.replace(a, a.slice(1)), 'EVIDENCE_MALFORMED'],
    ['with a SHA-512 of 64 digits', tool.replace(long, a), 'EVIDENCE_MALFORMED'],
    ['with a SHA-256 and more', tool.replace(a, `${a} ${a}`), 'EVIDENCE_MALFORMED'],
    ['with no digits', tool.replace(a, ''), 'EVIDENCE_MALFORMED'],
  ])('that is listed %s is refused', async (_, text, code) => {
    await refusal(() => digestsIn(head + text), VerificationError, code);
    // Another file of the document is none the worse for it.
    expect(digestsIn(head + text + other, 'bin/linux/arm64/tool')).toEqual([`sha256:${b}`]);
  });
});

describe('what is no such document is refused', () => {
  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a web page', '<!doctype html>'],
    ['a binary', Buffer.from([0, 1, 2, 255])],
    ['the JSON form', '{"spdxVersion": "SPDX-2.3", "name": "Release v1.0.0"}'],
    ['another major version', head.replace('2.3', '3.0') + tool],
    ['no version', head.replace(/.*\n/, '') + tool],
    ['no name', head.replace(/DocumentName:.*\n/, '') + tool],
    ['no namespace', head.replace(/DocumentNamespace:.*\n/, '') + tool],
    ['a name in a text', head.replace('Release', '<text>Release').replace('v1.0.0\n', 'v1.0.0</text>\n')],
    ['two names', `${head + tool}DocumentName: Release v1.0.1\n`],
    ['two namespaces', `${head + tool}DocumentNamespace: https://sbom.example.org/v1.0.1/release\n`],
    ['two versions', `${head + tool}SPDXVersion: SPDX-2.2\n`],
    ['a text without an end', `${head + tool}PackageComment: <text>\n`],
    ['a file name in a text', `${head + tool}FileName: <text>x</text>\nFileChecksum: SHA256: ${b}\n`],
    ['a checksum before any file', `${head}FileChecksum: SHA256: ${a}\n${tool}`],
    ['a checksum behind the next package', `${head + tool}PackageName: x\nFileChecksum: SHA256: ${a}\n`],
    ['a checksum without an algorithm', `${head + tool}FileChecksum: ${a}\n`],
  ])('%s', async (_, text) => {
    await refusal(() => parse(text), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('more bytes than any has, and more files', async () => {
    await refusal(() => parse(Buffer.alloc(maxSpdxBytes + 1, ' ')), VerificationError, 'LIMIT_EXCEEDED');
    const many = Array.from({ length: 100_001 }, (_, at) => `FileName: ${String(at)}\n`).join('');
    await refusal(() => parse(head + many), VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each<[string, (size: number) => string]>([
    ['texts that never end', (size) => 'A: <text>'.repeat(size)],
    ['texts that end at once', (size) => 'A: <text></text>\n'.repeat(size)],
    ['blanks', (size) => ' '.repeat(10 * size)],
    ['blanks in a value', (size) => `FileName: x${' '.repeat(10 * size)}y\n`],
    ['colons', (size) => ':'.repeat(10 * size)],
    ['dots and slashes', (size) => `FileName: ${'./'.repeat(5 * size)}\n`],
    ['one file over and over', (size) => tool.repeat(size / 20)],
    [
      'algorithms of one file',
      (size) =>
        `FileName: x\n${Array.from({ length: size / 5 }, (_, at) => `FileChecksum: A${String(at)}: 1\n`).join('')}`,
    ],
  ])('%s, in time that grows with them', async (_, make) => {
    const { ratio, timeMs } = await growthOf((size) => parse(head + make(size)), 100_000);
    expect(timeMs < 300 || ratio < 12, `${String(timeMs)} ms, ${String(ratio)}`).toBe(true);
  });
});

describe('an excerpt', () => {
  const whole = { digest: `sha256:${'e'.repeat(64)}`, sizeBytes: 5_000_000 } as const;

  it('is read as the document is, and names that by digest', () => {
    const document = parse(head + other + tool);
    const path = 'bin/linux/amd64/tool';
    const excerpt = renderExcerpt(document, path, fileDigestsOf(document, path, 'x'), whole);
    expect(wholeOf(excerpt, 'x')).toEqual(whole);
    const again = parse(excerpt);
    expect(again).toMatchObject({ name: document.name, namespace: document.namespace });
    expect([...again.files.keys()]).toEqual([path]);
    expect(fileDigestsOf(again, path, 'x')).toEqual(both);
    expect(renderExcerpt(again, path, fileDigestsOf(again, path, 'x'), whole)).toEqual(excerpt);
  });

  it.each([
    '',
    head,
    '# Excerpt of',
    `# Excerpt of sha256:${'e'.repeat(64)}\n`,
    `# Excerpt of sha256:${'e'.repeat(63)}, 5 bytes\n`,
    `# Excerpt of sha256:${'e'.repeat(64)}, 0 bytes\n`,
    `# Excerpt of sha256:${'e'.repeat(64)}, -5 bytes\n`,
    `# Excerpt of sha256:${'e'.repeat(64)}, 5 bytes or so\n`,
    `# Excerpt of sha512:${long}, 5 bytes\n`,
    `\n# Excerpt of sha256:${'e'.repeat(64)}, 5 bytes\n`,
  ])('that does not say of what is refused: %j', async (text) => {
    await refusal(() => wholeOf(Buffer.from(text), 'x'), VerificationError, 'EVIDENCE_MALFORMED');
  });
});
