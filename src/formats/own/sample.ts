/** How much of many files is looked at, as people write it: `5%` of the files, `20` files, `2GiB` of bytes, `all`. */
import { UsageError } from '../../model/errors.ts';

export type Sample =
  | { readonly of: 'share'; readonly share: number }
  | { readonly of: 'files'; readonly count: number }
  | { readonly of: 'bytes'; readonly sizeBytes: number };

const units: Readonly<Record<string, number>> = {
  ...{ kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
};

/** Throws UsageError `USAGE`. */
export function parseSample(text: string): Sample {
  if (text === 'all') return { of: 'share', share: 1 };
  const [, number = '', unit = ''] = /^([0-9]{1,9}(?:\.[0-9]{1,6})?)(%|[kKMGT]i?B)?$/.exec(text) ?? [];
  const amount = number === '' ? Number.NaN : Number(number);
  if (unit === '' && Number.isInteger(amount)) return { of: 'files', count: amount };
  if (unit === '%' && amount <= 100) return { of: 'share', share: amount / 100 };
  const unitBytes = units[unit];
  if (unitBytes !== undefined && !Number.isNaN(amount)) return { of: 'bytes', sizeBytes: amount * unitBytes };
  throw new UsageError('USAGE', `not a sample: ${JSON.stringify(text)}`, {
    hint: 'Write 5% of the files, a number of files, 2GiB to be downloaded, or all.',
  });
}
