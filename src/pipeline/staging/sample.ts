/** Which of many files are in a sample: their names and a seed decide, so that a run can be repeated. */
import type { Sample } from '../../formats/own/sample.ts';
import { digestOf } from '../../verify/digest.ts';

interface Sampled {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * Of a share, at least one file unless it is none; of bytes, the first file however large it is, and others as long as
 * they fit. Another seed gives another order, and so other files.
 */
export function chooseSample<T extends Sampled>(
  files: readonly T[],
  sample: Sample,
  seed: string,
): readonly T[] {
  const ranked = files
    .map((file) => ({ file, rank: digestOf('sha256', Buffer.from(`${seed}\n${file.name}`)) }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ file }) => file);
  if (sample.of === 'files') return ranked.slice(0, sample.count);
  if (sample.of === 'share') return ranked.slice(0, Math.ceil(ranked.length * sample.share));
  let left = sample.sizeBytes;
  if (left === 0) return [];
  return ranked.filter(({ sizeBytes }, at) => {
    const fits = at === 0 || sizeBytes <= left;
    if (fits) left -= sizeBytes;
    return fits;
  });
}
