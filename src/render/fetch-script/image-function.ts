/** The archive of an image as functions of a shell script: see `imageShell`, which has what they call. */
import { Buffer } from 'node:buffer';
import {
  archiveBytes,
  archiveMembers,
  archiveParts,
  type ArchivedImage,
} from '../../formats/own/image-archive.ts';
import { ustarEndBytes, ustarFields, ustarPadding, ustarBlockBytes } from '../../formats/upstream/ustar.ts';
import type { Digest } from '../../model/digest.ts';
import { wireUrlText } from '../../model/wire-url.ts';
import { shellQuote } from '../shell-quote.ts';
import type { FetchRepository } from './registry-lines.ts';

export interface FetchImage {
  /** The archive's name in the directory. */
  readonly name: string;
  readonly image: ArchivedImage;
  /** Where a blob is, in the order to ask in: one at least. */
  readonly urlsOf: (digest: Digest) => readonly string[];
  /** Where the first of them are, of the registry that the script's files come from. */
  readonly repository?: FetchRepository | undefined;
}

/** Throws UsageError `USAGE` for text that no shell can hold, and as `archiveMembers` does. */
export function imageFunction({ image, urlsOf }: FetchImage, index: number): string {
  const lines: string[] = [];
  let offset = 0;
  let zeros = 0;
  const flushZeros = () => {
    if (zeros > 0) lines.push(`zeros ${String(zeros)}`);
    zeros = 0;
  };
  for (const { path, sizeBytes, content } of archiveMembers(image)) {
    flushZeros();
    const { size, checksum } = ustarFields(path, sizeBytes);
    lines.push(`header ${shellQuote(path)} ${size} ${checksum}`);
    offset += ustarBlockBytes;
    if (typeof content === 'string') {
      const [url = '', ...others] = urlsOf(content).map(wireUrlText);
      const words = [url, content, String(sizeBytes), ...others].map(shellQuote).join(' ');
      lines.push(`blob ${String(offset)} ${words}`);
    } else {
      lines.push(`printf %s ${shellQuote(Buffer.from(content).toString())}`);
    }
    zeros += ustarPadding(sizeBytes);
    offset += sizeBytes + ustarPadding(sizeBytes);
  }
  zeros += ustarEndBytes;
  flushZeros();
  return [`${functionName(index)}() {`, ...lines.map((line) => `\t${line}`), '}'].join('\n');
}

/** Its line of the list. */
export function imageLine({ name, image }: FetchImage, index: number): string {
  return `image ${shellQuote(name)} ${String(archiveBytes(archiveParts(image)))} ${functionName(index)}`;
}

function functionName(index: number): string {
  return `image_${String(index + 1)}`;
}
