/**
 * Checksum files by the thousand, read by this program and by the sha256sum and sha512sum that are here (GNU coreutils 9):
 * of no name may the two say different things. And what coreutils writes, of any algorithm and name, is read.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checksumOf, digestsOf, parseChecksums } from '../../src/formats/upstream/checksums.ts';
import { AssayError } from '../../src/model/errors.ts';

const asked = spawnSync('sha256sum', ['--version'], { encoding: 'utf8' });
const isHere = asked.error === undefined && /\(GNU coreutils\) (?:9|[1-9]\d)\./.test(asked.stdout);

const bytes = Buffer.from('the bytes of every file here\n');
const hex = (algorithm: string, of: Uint8Array | string = bytes) => createHash(algorithm).update(of).digest('hex');
const digests = { sha256: `sha256:${hex('sha256')}`, sha512: `sha512:${hex('sha512')}` };

/** Names of files that are there. As a checksum file writes them unescaped. */
const names = [
  ...['a', 'b', 'tool.tar.gz', 'dist/a', ' a', 'a ', '*a', 'x y', 'a)', 'a\\b', 'a\\\\b', 'a\\nb', 'töol', '=a'],
  ...['a\nb', 'a\rb', '#a', '\ta', 'a (b) = c', hex('sha256')],
];

const folder = mkdtempSync(join(tmpdir(), 'assay-coreutils-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const files = join(folder, 'files');
mkdirSync(join(files, 'dist'), { recursive: true });
for (const name of names) writeFileSync(join(files, name), bytes);

const pick = <T>(...all: readonly T[]) => fc.constantFrom(...all);
/** Mostly the first of these. */
const mostly = <T>(first: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: pick(...others) });

/** Text with one character for each byte of the file. */
const inBytes = (text: string) => Buffer.from(text).toString('latin1');

const writtenName = pick(
  ...names.filter((name) => !/[\n\r]/.test(name)).map(inBytes),
  ...['./a', '././a', './/a', './dist/a', 'dist/./a', 'a\\xb', 'a\\', './', '.', 'A', 'ab', 'a\t', 'a\r'],
  't\xf6ol',
);
const right = pick(hex('sha256'), hex('sha512'), hex('sha256').toUpperCase());
const otherDigest = pick(
  ...[hex('sha256', 'other'), hex('sha512', 'other'), hex('sha256').slice(1), `${hex('sha256')}0`, hex('md5')],
  ...[hex('sha1'), hex('sha384'), `${hex('sha256').slice(1)}g`, '1167c4b7', ''],
);
const digest = fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: otherDigest });
const indent = mostly('', ' ', '\t', ' \t ');
const escape = mostly('', '\\', ' \\', '\\ ', '\\\\');
const separator = fc.oneof(pick('  ', ' *', ' '), pick('\t', '\t ', '\t*', '   ', ' \t', '', '**', '  *'));
const untagged = fc.tuple(indent, escape, digest, separator, writtenName);
const label = mostly('SHA256', 'SHA512', 'MD5', 'SHA1', 'BLAKE2b', 'CRC32', 'sha256', 'SHA256-x', 'SHA-256', 'SM3');
const tagged = fc.tuple(
  ...[indent, escape, label, mostly(' ', '', '  ', '\t'), fc.constant('('), writtenName, fc.constant(')')],
  ...[mostly(' = ', '= ', '=', ' =', '\t=\t', '  =  ', ' : ', ''), digest, mostly('', ' ', ')', '\t')],
);
const rest = pick('', '# a comment', ' # none', 'Checksums of v1.0:', inBytes('\uFEFF'), '----', '  ', '2192966820 2 a');
const line = fc.oneof(
  { weight: 6, arbitrary: untagged.map((parts) => parts.join('')) },
  { weight: 4, arbitrary: tagged.map((parts) => parts.join('')) },
  { weight: 2, arbitrary: rest },
);
const checksumFile = fc
  .array(fc.tuple(line, mostly('\n', '\r\n', '\r\r\n')), { minLength: 1, maxLength: 5 })
  .chain((lines) => pick(lines.flat().join(''), lines.flat().slice(0, -1).join('')));

type Verdict = 'verified' | 'refused';

/** What both programs say of each name: verified where a line says so, and none says otherwise. */
function coreutilsVerdicts(texts: readonly string[]): Map<string, Verdict>[] {
  texts.forEach((text, index) => {
    writeFileSync(join(folder, `S${index}`), text, 'latin1');
  });
  const script =
    'i=0; while [ $i -lt "$1" ]; do echo "== $i"; sha256sum --check "../S$i"; sha512sum --check "../S$i"; i=$((i + 1)); done';
  const options = { cwd: files, encoding: 'latin1', maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' } } as const;
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', String(texts.length)], options);
  return stdout
    .split(/^== \d+\n/m)
    .slice(1)
    .map((said) => {
      const verdicts = new Map<string, Verdict>();
      for (const [, escaped, shown = '', verdict] of said.matchAll(/^(\\?)(.*): (OK|FAILED.*)$/gm)) {
        const name = Buffer.from(escaped === '' ? shown : unescape(shown), 'latin1').toString();
        const path = withoutDots(name);
        if (verdict !== 'OK') verdicts.set(path, 'refused');
        else if (!verdicts.has(path)) verdicts.set(path, 'verified');
      }
      return verdicts;
    });
}

function withoutDots(name: string): string {
  return name.startsWith('./') ? withoutDots(name.slice(2).replace(/^\/+/, '')) : name;
}

function unescape(shown: string): string {
  return shown.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign === 'r' ? '\r' : sign));
}

function ourVerdict(text: string, name: string): Verdict {
  try {
    const found = digestsOf(parseChecksums(Buffer.from(text, 'latin1'), 'S'), { name, nameless: false }, 'S');
    return found.every((one) => Object.values(digests).includes(one)) ? 'verified' : 'refused';
  } catch (error) {
    if (error instanceof AssayError) return 'refused';
    throw error;
  }
}

/** 2000 in `make differential`. */
const fileCount = Number(process.env['CHECKSUM_FILES'] ?? 500);

describe.skipIf(!isHere)('GNU coreutils', () => {
  it(`says the same of every name in ${fileCount} checksum files`, () => {
    const texts = fc.sample(checksumFile, { numRuns: fileCount, seed: 20261128 });
    const theirs = coreutilsVerdicts(texts);
    expect(theirs).toHaveLength(texts.length);
    let verified = 0;
    texts.forEach((text, index) => {
      for (const name of names) {
        const verdict = theirs[index]!.get(name) ?? 'refused';
        if (verdict === 'verified') verified += 1;
        expect({ text, name, verdict: ourVerdict(text, name) }).toEqual({ text, name, verdict });
      }
    });
    // The files are not all nonsense.
    expect(verified).toBeGreaterThan(fileCount / 3);
  });

  it.each([
    ['sha256sum', [], 'sha256'],
    ['sha256sum', ['--tag'], 'sha256'],
    ['sha256sum', ['--binary'], 'sha256'],
    ['sha512sum', [], 'sha512'],
    ['cksum', ['--algorithm=sha256'], 'sha256'],
    ['cksum', ['--algorithm=sha512', '--untagged'], 'sha512'],
    ['md5sum', [], undefined],
    ['sha384sum', ['--tag'], undefined],
    ['b2sum', ['--tag'], undefined],
    ['cksum', ['--algorithm=sm3'], undefined],
  ] as const)('%s %j writes what is read, of any name', (program, options, algorithm) => {
    const { stdout } = spawnSync(program, [...options, '--', ...names], { cwd: files });
    expect(stdout.length).toBeGreaterThan(0);
    const checksums = parseChecksums(stdout, 'S');
    for (const name of names) {
      const read = () => checksumOf(checksums, { name, nameless: false }, 'S');
      if (algorithm !== undefined) expect([name, read()]).toEqual([name, digests[algorithm]]);
      else expect(read).toThrow(expect.objectContaining({ code: 'ALGORITHM_REFUSED' }) as Error);
    }
  });
});

it.skipIf(isHere)('SKIPPED, nothing was compared: there is no sha256sum of GNU coreutils 9', () => {
  expect(isHere).toBe(false);
});
