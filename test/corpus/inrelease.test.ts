/**
 * Clearsigned InRelease files with the verdict that assay must give on framing and signatures.
 *
 * `test/corpus/inrelease/` holds our own cases and always runs. A larger corpus, with a `manifest.json`, runs
 * where ASSAY_CORPUS names the directory that holds its `inrelease/`. An unexpected pass fails.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AssayError } from '../../src/model/errors.ts';
import { readKeyring } from '../../src/verify/openpgp/keyring.ts';
import { verifyCleartext } from '../../src/verify/openpgp/verify-signatures.ts';

const now = new Date('2026-11-21T00:00:00Z');

/** What verification makes of a file: the digest of the text it vouches for, or the code of its refusal. */
async function judge(
  inrelease: string,
  keyring: readonly string[],
): Promise<{ sha256?: string; code?: string }> {
  try {
    const keys = await readKeyring(keyring.map((name) => ({ name, bytes: readFileSync(name) })));
    const { text } = await verifyCleartext(readFileSync(inrelease), keys, now);
    return { sha256: createHash('sha256').update(text).digest('hex') };
  } catch (error) {
    if (error instanceof AssayError) return { code: error.code };
    throw error;
  }
}

interface OwnCase {
  readonly why: string;
  readonly verdict: 'accept' | 'reject';
  readonly code?: string;
  readonly textSha256?: string;
}

describe('own InRelease cases', () => {
  const root = join(import.meta.dirname, 'inrelease');
  for (const name of readdirSync(root)) {
    const directory = join(root, name);
    const expected = JSON.parse(readFileSync(join(directory, 'expect.json'), 'utf8')) as OwnCase;
    it(`${name}: ${expected.verdict}, ${expected.why}`, async () => {
      const outcome = await judge(join(directory, 'InRelease'), [join(directory, 'keyring.asc')]);
      expect(outcome).toEqual(
        expected.verdict === 'accept' ? { sha256: expected.textSha256 } : { code: expected.code },
      );
    });
  }
});

interface CorpusCase {
  readonly id: string;
  readonly inrelease: string;
  readonly keyring: readonly string[];
  readonly expect: 'accept' | 'reject' | 'either';
  readonly why: string;
  readonly signed_text_sha256?: string;
}

const corpus = process.env['ASSAY_CORPUS'];

describe.runIf(corpus !== undefined)('InRelease corpus', () => {
  if (corpus === undefined) {
    console.info('InRelease corpus skipped: ASSAY_CORPUS not set');
    it('skipped: ASSAY_CORPUS not set', () => undefined);
    return;
  }
  const root = join(resolve(corpus), 'inrelease');
  const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as { cases: CorpusCase[] };
  for (const one of manifest.cases) {
    it(`${one.id}: ${one.expect}, ${one.why}`, async () => {
      const keyring = one.keyring.map((name) => join(root, name));
      const { sha256, code } = await judge(join(root, one.inrelease), keyring);
      if (one.expect === 'reject') expect(code).toBeDefined();
      if (one.expect === 'accept') expect(code).toBeUndefined();
      if (code === undefined) expect(sha256).toBe(one.signed_text_sha256);
    });
  }
});
