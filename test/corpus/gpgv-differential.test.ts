/**
 * assay and gpgv judge the same signatures over a file (test/support/openpgp-file-variants.ts). What each of them must say
 * stands in the table of docs/gpgv-differential.md, which also explains every difference.
 *
 * assay's side always runs. gpgv's runs where ASSAY_GPGV names the program: version 2.2 or 2.4 of Debian.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssayError } from '../../src/model/errors.ts';
import { readKeyring } from '../../src/verify/openpgp/keyring.ts';
import { verifyFile } from '../../src/verify/openpgp/verify-file.ts';
import { openpgpVariants, type OpenpgpVariant } from '../support/openpgp-file-variants.ts';
import { runProgram } from '../support/run-assay.ts';

interface Row {
  readonly gpgv: string;
  readonly assay: string;
  readonly why: string;
}

const rows = new Map<string, Row>(
  Array.from(
    readFileSync(new URL('../../docs/gpgv-differential.md', import.meta.url), 'utf8').matchAll(
      /^\| ([^|]*?) +\| (accepted|refused) +\| `?(\w+)`? +\| ([^|]*?) *\|$/gm,
    ),
    ([, name = '', gpgv = '', assay = '', why = '']) => [name, { gpgv, assay, why }],
  ),
);
const variants = await openpgpVariants();
const now = new Date('2026-11-20T12:00:00Z');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-gpgv-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function judgeByAssay({ file, signature, keyring }: OpenpgpVariant): Promise<string> {
  try {
    const ring = await readKeyring([{ name: 'ring', bytes: keyring }]);
    await verifyFile({ bytes: file }, 'tool', signature, ring, now);
    return 'accepted';
  } catch (error) {
    if (error instanceof AssayError) return error.code;
    throw error;
  }
}

async function judgeByGpgv(gpgv: string, { file, signature, keyring }: OpenpgpVariant): Promise<string> {
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const args = ['--keyring', write('ring.gpg', keyring), write('tool.sig', signature), write('tool', file)];
  const { exitCode } = await runProgram(gpgv, args, { cwd: folder, env: { GNUPGHOME: folder } });
  return exitCode === 0 ? 'accepted' : 'refused';
}

describe('docs/gpgv-differential.md', () => {
  it('has a row for each variant, and no other; it explains the differences, and only these', () => {
    expect([...rows.keys()]).toEqual(variants.map(({ name }) => name));
    for (const [name, { gpgv, assay, why }] of rows) {
      const differs = (gpgv === 'accepted') !== (assay === 'accepted');
      expect([name, why !== '']).toEqual([name, differs]);
    }
  });
});

describe('assay', () => {
  it.each(variants)('$name', async (variant) => {
    expect(await judgeByAssay(variant)).toBe(rows.get(variant.name)?.assay);
  });
});

const gpgv = process.env['ASSAY_GPGV'];
if (gpgv !== undefined) {
  describe('gpgv', () => {
    it.each(variants)('$name', async (variant) => {
      expect(await judgeByGpgv(gpgv, variant)).toBe(rows.get(variant.name)?.gpgv);
    });
  });
}
