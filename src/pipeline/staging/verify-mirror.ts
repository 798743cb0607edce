/**
 * Does a server have what some manifests name? Each file is asked for its size, and a sample of them is downloaded and
 * hashed, as the manifests themselves are. Nothing is written.
 */
import { AssayError, isNotThere, TransportError, VerificationError } from '../../model/errors.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import { mirrorLayoutPath } from '../../formats/own/mirror-layout.ts';
import { layoutFileBytes } from '../../formats/upstream/oci-layout.ts';
import { digestOf, StreamCheck, verifySize } from '../../verify/digest.ts';
import { inTurns, type Turns } from '../shared/in-turns.ts';
import type { MirrorPlan } from './mirror-plan.ts';
import { bySize } from './stage.ts';
import type { StagingItem } from './staging-items.ts';

export interface PublishedFile extends StagingItem {
  /** All of it is to be hashed. */
  readonly isWhole: boolean;
}

export interface PublishedVerdict {
  /** Of what nothing vouches for, digest and size are as they were found. */
  readonly item: Pick<StagingItem, 'name'> & Partial<Pick<StagingItem, 'digest' | 'sizeBytes'>>;
  /**
   * `right`: of that digest; `there`: of that size, which is all that was asked; `missing`; `wrong`: of another size or
   * digest, or of another content than it must have; `unasked`: the server could not be asked.
   */
  readonly status: 'right' | 'there' | 'missing' | 'wrong' | 'unasked';
  /** Of the last three: VerificationError or TransportError. */
  readonly error?: AssayError;
}

export interface VerifyMirrorInput extends Turns {
  readonly files: readonly PublishedFile[];
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

/** What a plan has the very bytes of, as files below `base`: the manifests, and the mark of the images' layout. */
export function knownFiles({ manifests, images }: MirrorPlan, base: string): readonly PublishedFile[] {
  const mark = {
    path: mirrorLayoutPath,
    bytes: layoutFileBytes,
    digest: digestOf('sha256', layoutFileBytes),
  };
  return [...(images.length === 0 ? [] : [mark]), ...manifests].map(({ path, bytes, digest }) => {
    const url = `${base}/${path}`;
    return {
      name: path,
      url,
      digest,
      sizeBytes: bytes.length,
      sources: [{ url, isMirror: true }],
      isWhole: true,
    };
  });
}

/** A verdict on each file, in their order; fewer where `signal` ended the run. Throws nothing that a server did. */
export async function verifyMirror(input: VerifyMirrorInput): Promise<readonly PublishedVerdict[]> {
  const verdicts = new Map<StagingItem, PublishedVerdict>();
  await inTurns(bySize(input.files), input, async (item) => {
    const verdict = await judge(item, input);
    // Whatever was being asked when the run was ended was not refused.
    if (input.signal?.aborted !== true) verdicts.set(item, verdict);
    return undefined;
  });
  return input.files.flatMap((item) => verdicts.get(item) ?? []);
}

async function judge(
  item: PublishedFile,
  { fetcher, reporter }: VerifyMirrorInput,
): Promise<PublishedVerdict> {
  const url = item.sources?.[0]?.url ?? item.url;
  try {
    if (!item.isWhole) {
      reporter.step(`asking for ${url}`);
      const { sizeBytes } = await fetcher.describe({ url, needsSize: true, mayBePlain: true });
      if (sizeBytes !== undefined) {
        verifySize(sizeBytes, item, url);
        return { item, status: 'there' };
      }
    }
    // Also where the server does not tell the size: then only the bytes do.
    reporter.step(`hashing ${url}`);
    await hash(item, url, fetcher);
    return { item, status: 'right' };
  } catch (error) {
    return failed(item, url, error);
  }
}

/** Throws what is no AssayError. */
export function failed(item: PublishedVerdict['item'], url: string, error: unknown): PublishedVerdict {
  if (!(error instanceof AssayError)) throw error;
  if (isNotThere(error)) return { item, status: 'missing', error: missing(url, error) };
  return { item, status: error instanceof TransportError ? 'unasked' : 'wrong', error };
}

async function hash(item: PublishedFile, url: string, fetcher: Fetcher): Promise<void> {
  const check = new StreamCheck(item, url);
  await fetcher.download(
    { url, sizeBytes: item.sizeBytes, mayBePlain: true },
    {
      write: (pieces) => {
        for (const piece of pieces) check.update(piece);
        return Promise.resolve();
      },
      restart: () => {
        check.restart();
        return Promise.resolve();
      },
    },
  );
  check.finish();
}

function missing(url: string, cause: TransportError): VerificationError {
  const hint = 'Publish it: copy the tree again.';
  return new VerificationError('FILE_MISSING', cause.message, { hint, context: { url }, cause });
}
