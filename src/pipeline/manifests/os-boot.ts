/**
 * `os.boot` of manifests: read out of their OS images with `--boot`; without it what stands stays as long as the image does.
 * Manifests with one image share what was read, and so do later runs.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BootProof, BootProofs } from '../../formats/own/boot-proofs.ts';
import { osBootName, type Manifest } from '../../formats/own/manifest.ts';
import { AssayError, UsageError } from '../../model/errors.ts';
import type { DiskImages } from '../../model/disk-image.ts';
import type { Reporter } from '../../model/ports.ts';
import { osBootOf, verifyBoot } from '../shared/boot-proof.ts';
import type { KeptDocuments } from '../shared/kept-documents.ts';
import { failed } from '../../sources/failed.ts';
import type { Kept, NextState } from './manifest-state.ts';
import { readBoot } from './read-boot.ts';
import type { Settled } from './settle.ts';
import type { Target } from './targets.ts';

export type OsImage = NonNullable<Manifest['vmconfig']['os']['image']>;

/** How images are had and read. */
export interface BootReading {
  readonly images: DiskImages;
  /** Its path, once it is there and has been verified. Throws TransportError, VerificationError, UsageError. */
  obtain(image: OsImage): Promise<string>;
}

export interface BootInput {
  /** Undefined to read none. */
  readonly boot?: BootReading | undefined;
  readonly bootProofs: BootProofs | undefined;
  readonly documents: Pick<KeptDocuments, 'read'>;
  readonly keepGoing: boolean;
  readonly refresh: readonly string[] | 'all';
  readonly now: Date;
  readonly write: boolean;
  readonly reporter: Reporter;
}

export interface WithBoot {
  readonly settled: readonly Settled[];
  /** Those that were known, and new ones. */
  readonly bootProofs: BootProofs | undefined;
}

interface Boot {
  readonly proof: BootProof;
  readonly documents: readonly Kept[];
}

/** Throws UsageError `USAGE` where there is no image that the run may read. */
export function requireImages(targets: readonly Target[]): void {
  const images = targets.map((target) => ({ image: imageNameIn(target), selected: target.selected }));
  if (images.every(({ image }) => image === undefined)) {
    throw new UsageError('USAGE', '--boot reads OS images, and the catalogue has none for these manifests');
  }
  const left = images.find(({ image, selected }) => image !== undefined && !selected.has(image));
  if (left === undefined) return;
  throw new UsageError('USAGE', `--boot reads ${left.image ?? ''}, which --only leaves out`, {
    hint: `Add ${left.image ?? ''} to --only, or leave out --boot.`,
  });
}

function imageNameIn({ dependencies }: Target): string | undefined {
  return dependencies.find(({ type, stub }) => type === 'qcow2' && stub !== true)?.name;
}

/** A failure is one of the manifest's entries: what becomes of it is as with any other that fails. */
export async function withBoot(settled: readonly Settled[], input: BootInput): Promise<WithBoot> {
  const { boot, refresh } = input;
  if (boot === undefined) return { settled, bootProofs: input.bootProofs };
  const reading = new Map<string, Promise<Boot>>();
  const bootOf = async (image: OsImage, { manifest, target }: NextState) => {
    const isAskedAnew = refresh === 'all' || refresh.includes(imageNameIn(target) ?? '');
    const known =
      reading.get(image.digest) ?? readOnce(image, manifest.vmconfig.os, boot, { ...input, isAskedAnew });
    reading.set(image.digest, known);
    return known;
  };
  const next: Settled[] = [];
  const proofs: Record<string, BootProof> = { ...input.bootProofs };
  // One after the other: an unpacked disk is large.
  for (const one of settled) {
    const { os } = one.state.manifest.vmconfig;
    if (one.isRefused || os.image === undefined) {
      next.push(one);
      continue;
    }
    try {
      const found = await bootOf(os.image, one.state);
      proofs[os.image.digest] = found.proof;
      next.push({ ...one, state: withOsBoot(one.state, found) });
    } catch (error) {
      const failure = { name: osBootName, error: failed(error).error };
      const failures = [...one.failures, failure];
      next.push({ ...one, failures, isRefused: !input.keepGoing });
    }
  }
  return { settled: next, bootProofs: proofs };
}

/** What an earlier run has read, where its proof still holds: unless it is to be looked at again. */
async function readOnce(
  image: OsImage,
  os: Manifest['vmconfig']['os'],
  boot: BootReading,
  { bootProofs = {}, isAskedAnew, ...input }: BootInput & { readonly isAskedAnew: boolean },
): Promise<Boot> {
  const { documents, write, now, reporter } = input;
  const proof = bootProofs[image.digest];
  if (proof !== undefined && write && !isAskedAnew) {
    const stated = { ...os, image, boot: osBootOf(proof) };
    const isGood = await verifyBoot(stated, bootProofs, documents).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AssayError) return false;
        throw error;
      },
    );
    if (isGood) return { proof, documents: [] };
  }
  reporter.step(`reading os.boot out of ${image.url}`);
  const read = await readBoot(await boot.obtain(image), { arch: os.arch, images: boot.images, now });
  // What says the same is not written anew: a run that changes nothing leaves the bytes as they are.
  return proof !== undefined && isSameReading(proof, read.proof) ? { ...read, proof } : read;
}

function isSameReading(one: BootProof, other: BootProof): boolean {
  const { readAt, tools } = one;
  return isDeepStrictEqual(one, { ...other, readAt, tools });
}

function withOsBoot(state: NextState, { proof, documents }: Boot): NextState {
  const { vmconfig } = state.manifest;
  const manifest = { vmconfig: { ...vmconfig, os: { ...vmconfig.os, boot: osBootOf(proof) } } };
  return { ...state, manifest, kept: [...state.kept, ...documents] };
}

/** Of images that some manifest has, as it will be or is. */
export function proofsInUse(
  proofs: BootProofs | undefined,
  manifests: readonly (Manifest | undefined)[],
): BootProofs | undefined {
  if (proofs === undefined) return undefined;
  const used = new Set<string>(manifests.flatMap((one) => one?.vmconfig.os.image?.digest ?? []));
  return Object.fromEntries(Object.entries(proofs).filter(([digest]) => used.has(digest)));
}

/** `boot` names files inside of an image that is not the manifest's any more. */
export function warnOfBoot(settled: readonly Settled[], reporter: Reporter): void {
  for (const { before, state, isRefused } of settled) {
    const os = before.manifest?.vmconfig.os;
    if (isRefused || os?.boot === undefined || state.manifest.vmconfig.os.boot !== undefined) continue;
    reporter.warn(
      `${state.target.fileName}: os.boot is gone: it was of the image ${os.image?.version ?? ''}. ` +
        'Until update-manifests --boot reads the new one, a local VM boots through its firmware.',
    );
  }
}
