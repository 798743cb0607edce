/** Signed files as gpgv and sqv judge them, by the same keys. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssayError } from '../../src/model/errors.ts';
import { decodeArmor, encodeArmor } from '../../src/verify/openpgp/armor.ts';
import { readKeyring } from '../../src/verify/openpgp/keyring.ts';
import { verifyCleartext, verifyDetached } from '../../src/verify/openpgp/verify-signatures.ts';
import { readMaterial } from '../fuzz/material.ts';
import { mutate } from '../fuzz/mutate.ts';
import type { Random } from '../fuzz/random.ts';
import { count, noVerdicts, versionOf, type Comparison, type Verdicts } from './comparison.ts';

const { now, trust, cases } = readMaterial();
const documentsOf = (name: string) => cases.find((one) => one.name === name)!;
const keys = Buffer.from(trust['tool.asc']!);

/** What is judged by both: undefined where it is refused. */
interface Pair {
  readonly file: Buffer;
  readonly signature?: Buffer;
}
type Judge = (pair: Pair, folder: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

async function judged(
  random: Random,
  times: number,
  seeds: readonly Pair[],
  theirs: Judge,
): Promise<Verdicts> {
  const verdicts = noVerdicts();
  const folder = mkdtempSync(join(tmpdir(), 'assay-differential-'));
  writeFileSync(join(folder, 'keys.asc'), keys);
  writeFileSync(
    join(folder, 'keys.gpg'),
    decodeArmor(keys.toString().replaceAll('\r', '').trimEnd(), 'PUBLIC KEY BLOCK'),
  );
  const others = seeds.map(({ file, signature }) => signature ?? file);
  for (let time = 0; time < times; time += 1) {
    const seed = time === 0 ? seeds[0]! : random.of(seeds)!;
    const changed = Buffer.from(
      time === 0 ? others[0]! : mutate(seed.signature ?? seed.file, random, others),
    );
    const pair = seed.signature === undefined ? { file: changed } : { file: seed.file, signature: changed };
    writeFileSync(join(folder, 'file'), pair.file);
    if (pair.signature !== undefined) writeFileSync(join(folder, 'signature'), pair.signature);
    const [own, other] = [await ours(pair), await theirs(pair, folder)];
    const isOursAlone = own !== undefined && other === undefined;
    const isKnown = async () =>
      (await takesOneBlock(pair, theirs, folder)) || (await takesWithChecksum(pair, theirs, folder));
    if (isOursAlone && (await isKnown())) verdicts.onlyOurs += 1;
    else count(verdicts, own, other, changed.toString('base64'));
  }
  rmSync(folder, { recursive: true });
  return verdicts;
}

/**
 * One good signature of several is enough here. gpgv refuses for the sake of another that it has no key of, and sqv reads
 * the first block alone: of the blocks by themselves they have to take one.
 */
async function takesOneBlock(pair: Pair, theirs: Judge, folder: string): Promise<boolean> {
  const blocks = pair.signature?.toString('latin1').match(/^-----BEGIN [^]*?^-----END .*\n/gm) ?? [];
  if (blocks.length < 2) return false;
  for (const block of blocks) {
    writeFileSync(join(folder, 'signature'), block, 'latin1');
    if ((await theirs(pair, folder)) !== undefined) return true;
  }
  return false;
}

/**
 * RFC 9580 asks for no checksum of armor. Where there is none and the base64 ends without padding, GnuPG 2.2 reads on into
 * the END line: the same packets with a checksum it has to take.
 */
async function takesWithChecksum({ file, signature }: Pair, theirs: Judge, folder: string): Promise<boolean> {
  const text = (signature ?? file).toString('latin1').replaceAll('\r', '');
  const [block] = /^-----BEGIN PGP SIGNATURE-----\n[^]*?^-----END PGP SIGNATURE-----$/m.exec(text) ?? [];
  if (block === undefined || /^=[A-Za-z0-9+/]{4}$/m.test(block)) return false;
  const whole = encodeArmor(decodeArmor(block, 'SIGNATURE'), 'SIGNATURE').trimEnd();
  const changed = Buffer.from(
    text.replace(block, () => whole),
    'latin1',
  );
  writeFileSync(join(folder, signature === undefined ? 'file' : 'signature'), changed);
  return (
    (await theirs(signature === undefined ? { file: changed } : { file, signature: changed }, folder)) !==
    undefined
  );
}

async function ours({ file, signature }: Pair): Promise<Uint8Array | undefined> {
  const keyring = await readKeyring([{ name: 'keys.asc', bytes: keys }]);
  try {
    if (signature === undefined) return unended((await verifyCleartext(file, keyring, new Date(now))).text);
    await verifyDetached(file, signature, keyring, new Date(now));
    return file;
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
}

/** Without the last line end, which the framework does not sign: one program writes it, the other does not. */
function unended(text: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(text).toString('latin1').replace(/\n$/, ''), 'latin1');
}

const inClear = (name: string, role: string): readonly Pair[] => {
  const { genuine, other, stranger } = documentsOf(name);
  return [genuine, other, stranger].map((documents) => ({ file: Buffer.from(documents[role]!) }));
};
const beside = (): readonly Pair[] => {
  const { genuine, other, stranger } = documentsOf('openpgp-checksums, beside');
  return [genuine, other, stranger].map((documents) => ({
    ...{ file: Buffer.from(genuine['checksums']!), signature: Buffer.from(documents['openpgp-signature']!) },
  }));
};

const byGpgv: Judge = ({ file, signature }, folder) => {
  const detached = signature === undefined ? [] : [join(folder, 'signature')];
  const output = signature === undefined ? ['--output', '-'] : [];
  const args = ['--keyring', join(folder, 'keys.gpg'), ...output, ...detached, join(folder, 'file')];
  const { status, stdout } = spawnSync('gpgv', args, { cwd: folder });
  if (status !== 0) return undefined;
  return signature === undefined ? unended(stdout) : file;
};

export const cleartextByGpgv: Comparison = {
  name: 'gpgv, InRelease',
  program: () => versionOf('gpgv', '--version'),
  compare: (random, times) => judged(random, times, inClear('apt', 'inrelease'), byGpgv),
};

export const detachedByGpgv: Comparison = {
  name: 'gpgv, a signature beside the file',
  program: () => versionOf('gpgv', '--version'),
  compare: (random, times) => judged(random, times, beside(), byGpgv),
};

export const detachedBySqv: Comparison = {
  name: 'sqv, a signature beside the file',
  program: () => versionOf('sqv', '--version'),
  compare: (random, times) =>
    judged(random, times, beside(), ({ file }, folder) => {
      const args = ['--keyring', join(folder, 'keys.asc'), join(folder, 'signature'), join(folder, 'file')];
      return spawnSync('sqv', args).status === 0 ? file : undefined;
    }),
};
